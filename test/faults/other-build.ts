import { spawn } from 'node:child_process';
import { cpSync, symlinkSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { cliPath, finished, type Bench, type Result } from '../client/e2e/bench.js';

const own = resolve(cliPath, '../../..');

/** Names the package folder of another build, such as that of an earlier release; else it is this one under another stamp. */
export const otherBuildVariable = 'RUNBOOK_FAULTS_BUILD';

/** Another build of the program, on the state of a bench. */
export class OtherBuild {
  readonly #bench: Bench;
  readonly #package: string;

  constructor(bench: Bench) {
    this.#bench = bench;
    const given = process.env[otherBuildVariable];
    this.#package = given ?? bench.path('other-build');
    if (given === undefined) this.#copy();
  }

  #copy(): void {
    cpSync(join(own, 'dist'), join(this.#package, 'dist'), { recursive: true });
    this.#bench.write('other-build/dist/build-stamp', 'another-build\n');
    for (const name of ['package.json', 'node_modules', 'runbooks', 'labs', 'docs'])
      symlinkSync(join(own, name), join(this.#package, name));
  }

  /** Runs a command line of that build. */
  run(...args: string[]): Promise<Result> {
    const main = join(this.#package, 'dist', 'client', 'main.js');
    const { folder, env } = this.#bench;
    const stdio: ['ignore', 'pipe', 'pipe'] = ['ignore', 'pipe', 'pipe'];
    return finished(spawn(process.execPath, [main, ...args], { cwd: folder, env, stdio }), 240_000);
  }
}
