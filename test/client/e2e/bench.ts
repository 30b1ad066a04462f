import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { temporalBinary } from '../../temporal/server.js';

const root = fileURLToPath(new URL('../../..', import.meta.url));
/** The built program; `RUNBOOK_TEST_CLI` names another build. */
export const cliPath = process.env['RUNBOOK_TEST_CLI'] ?? join(root, 'dist', 'client', 'main.js');

/** What a command line came to. */
export interface Result {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The longest that one command line may take, ms; this machine may be busy with other things. */
const limitMs = 120_000;

/** A project with a state of its own: nothing in it meets another test, or the user's own server. */
export class Bench {
  readonly folder = mkdtempSync(join(tmpdir(), 'rb-e2e-'));
  readonly state = join(this.folder, '.state');
  readonly env: Record<string, string>;
  readonly #children = new Set<ChildProcess>();

  constructor() {
    const { PATH = '', HOME = '', RUNBOOK_CACHE_DIR } = process.env;
    this.env = {
      PATH,
      HOME,
      LANG: 'C.UTF-8',
      TZ: 'UTC',
      USER: 'ada',
      RUNBOOK_STATE_DIR: this.state,
      RUNBOOK_TEMPORAL_CLI: temporalBinary,
      ...(RUNBOOK_CACHE_DIR === undefined ? {} : { RUNBOOK_CACHE_DIR }),
    };
    this.write('runbook.yaml', 'apiVersion: runbook/v1\nname: bench\n');
  }

  path(...parts: string[]): string {
    return join(this.folder, ...parts);
  }

  write(path: string, text: string): void {
    mkdirSync(dirname(this.path(path)), { recursive: true });
    writeFileSync(this.path(path), text);
  }

  read(path: string): string | null {
    return existsSync(this.path(path)) ? readFileSync(this.path(path), 'utf8') : null;
  }

  /** Writes a runbook; `FOLDER` stands for the bench's own. */
  runbook(name: string, body: string): void {
    const text = `apiVersion: runbook/v1\nname: ${name}\n${body}`;
    this.write(`runbooks/${name}.yaml`, text.replaceAll('FOLDER', this.folder));
  }

  spawn(args: readonly string[], env: Record<string, string> = {}): ChildProcess {
    const child = spawn(process.execPath, [cliPath, ...args], {
      cwd: this.folder,
      env: { ...this.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#children.add(child);
    child.once('close', () => this.#children.delete(child));
    return child;
  }

  async run(...args: string[]): Promise<Result> {
    return finished(this.spawn(args));
  }

  async runWith(env: Record<string, string>, ...args: string[]): Promise<Result> {
    return finished(this.spawn(args, env));
  }

  /** Runs a command that must end so, and answers its standard output. */
  async expect(code: number, ...args: string[]): Promise<string> {
    const result = await this.run(...args);
    if (result.code !== code) {
      throw new Error(
        `runbook ${args.join(' ')}: exit ${result.code}, not ${code}\n${result.stdout}\n${result.stderr}`,
      );
    }
    return result.stdout;
  }

  /** JSON that a command prints. */
  async json(code: number, ...args: string[]): Promise<unknown> {
    return JSON.parse(await this.expect(code, ...args, '--json'));
  }

  async close(): Promise<void> {
    for (const child of this.#children) child.kill('SIGKILL');
    await this.run('dev', 'stop');
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
  }
}

/** Waits for a command line to end. */
export function finished(child: ChildProcess, withinMs = limitMs): Promise<Result> {
  let stdout = '';
  let stderr = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      reject(new Error(`${child.spawnargs.slice(2).join(' ')} did not end\n${stdout}\n${stderr}`));
    }, withinMs);
    child.once('error', reject);
    child.once('close', (code) => {
      clearTimeout(timer);
      resolve({ code: code ?? -1, stdout, stderr });
    });
  });
}

/** @throws Error with all that was printed, where a run that was followed has not succeeded. */
export function succeeded({ code, stdout, stderr }: Result): void {
  if (code === 0 && stdout.includes('succeeded')) return;
  throw new Error(`exit ${code}, not 0 after success\n${stdout}\n${stderr}`);
}

/** Waits until something is so. */
export async function until<T>(
  what: string,
  look: () => T | null | undefined | false | Promise<T | null | undefined | false>,
  ms = 60_000,
): Promise<T> {
  const end = Date.now() + ms;
  for (;;) {
    const found = await look();
    if (found !== null && found !== undefined && found !== false) return found;
    if (Date.now() > end) throw new Error(`${what}: not within ${ms / 1000} s`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
