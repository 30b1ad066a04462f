import { spawn, type ChildProcess } from 'node:child_process';
import { runRecordSchema, type RunRecord } from '../../core/record.js';
import { devStatusSchema } from '../../client/schemas.js';
import { cliPath, finished, until, type Result } from '../client/e2e/cli.js';
import { lab } from './kube-fixture.js';

/** Where a lab is: its project, and the state of those who run it. */
export interface LabPlace {
  readonly project: string;
  readonly stateDir: string;
}

/** The product's command line on the project of the running lab, or of another one. */
export class LabCli {
  readonly #place: LabPlace | null;

  constructor(place: LabPlace | null = lab) {
    this.#place = place;
  }

  spawn(args: readonly string[]): ChildProcess {
    if (this.#place === null) throw new Error('there is no lab');
    const { project, stateDir } = this.#place;
    return spawn(process.execPath, [cliPath, '--project', project, ...args], {
      env: { ...process.env, RUNBOOK_STATE_DIR: stateDir },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  }

  run(...args: string[]): Promise<Result> {
    return finished(this.spawn(args), 600_000);
  }

  /** Runs a command that must end with one of these codes; answers its standard output. */
  async expect(codes: number | readonly number[], ...args: string[]): Promise<string> {
    const result = await this.run(...args);
    if (![codes].flat().includes(result.code)) {
      throw new Error(
        `runbook ${args.join(' ')}: exit ${result.code}, not ${String(codes)}\n${result.stderr}\n${result.stdout}`,
      );
    }
    return result.stdout;
  }

  async record(run: string): Promise<RunRecord> {
    const { stdout } = await this.run('status', run, '--json');
    return runRecordSchema.parse(JSON.parse(stdout));
  }

  /** Waits until a run's record shows something. */
  reached(run: string, what: string, holds: (record: RunRecord) => boolean): Promise<RunRecord> {
    return until(
      `${run}: ${what}`,
      async () => {
        const { stdout } = await this.run('status', run, '--json');
        // Nothing is said of a run that is only just being started.
        if (stdout === '') return null;
        const record = runRecordSchema.parse(JSON.parse(stdout));
        return holds(record) ? record : null;
      },
      180_000,
    );
  }

  /** Kills the embedded server or worker as a crash would. */
  async kill(which: 'server' | 'worker'): Promise<void> {
    const { stdout } = await this.run('dev', 'status', '--json');
    const pid = devStatusSchema.parse(JSON.parse(stdout))[which]?.pid;
    if (pid === undefined) throw new Error(`no ${which} runs`);
    process.kill(pid, 'SIGKILL');
  }
}

/** The step of a record, by its path. */
export function stepOf(record: RunRecord, path: string): RunRecord['steps'][number] {
  const found = record.steps.find((step) => step.path === path);
  if (found === undefined) throw new Error(`no step ${path}`);
  return found;
}
