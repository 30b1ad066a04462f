import { spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, readdirSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** How a program is run for a measurement. */
export interface RunOptions {
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  /** File for its standard output; thrown away unless told. */
  readonly out?: string;
  /** Exit codes besides 0 that are as good. */
  readonly codes?: readonly number[];
}

/** Runs a program to its end; answers the milliseconds that it took. */
export function timed(
  program: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<number> {
  const { env = process.env, cwd, out, codes = [] } = options;
  const file = out === undefined ? null : openSync(out, 'w');
  return new Promise((resolve, reject) => {
    const began = performance.now();
    const child = spawn(program, [...args], {
      env,
      cwd,
      stdio: ['ignore', file ?? 'ignore', 'pipe'],
    });
    let said = '';
    child.stderr?.on('data', (chunk: Buffer) => (said = (said + chunk.toString()).slice(-4096)));
    child.once('error', reject);
    child.once('exit', (code) => {
      const ms = performance.now() - began;
      if (file !== null) closeSync(file);
      if (code === 0 || codes.includes(code ?? -1)) resolve(ms);
      else reject(new Error(`${program} ${args.join(' ')} ended with ${code}: ${said}`));
    });
  });
}

/** True when a program of this name is on PATH. */
export function has(program: string): boolean {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/sbin'];
  return folders.some((folder) => existsSync(join(folder, program)));
}

/** Programs that a benchmark needs, with the Debian package of each. */
export function need(programs: Readonly<Record<string, string>>): void {
  const missing = Object.keys(programs).filter((program) => !has(program));
  if (missing.length === 0) return;
  const packages = [...new Set(missing.map((program) => programs[program]))].join(' ');
  throw new Error(`it needs ${missing.join(', ')}: apt-get install ${packages}`);
}

/** Waits until something is so. */
export async function until(holds: () => boolean, ms: number, everyMs = 2): Promise<void> {
  const end = performance.now() + ms;
  while (!holds()) {
    if (performance.now() > end) throw new Error(`nothing came of it within ${ms} ms`);
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}

/** Fields of /proc/<pid>/stat behind the name, from the state on (proc(5), field 3); null where it is gone. */
function statOf(pid: number | 'self'): readonly string[] | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return stat.slice(stat.lastIndexOf(') ') + 2).split(' ');
  } catch {
    return null;
  }
}

function allProcesses(): number[] {
  return readdirSync('/proc').map(Number).filter(Number.isInteger);
}

/** Processes that another one has started, and that run. */
export function childrenOf(pid: number): number[] {
  return allProcesses().filter((one) => statOf(one)?.[1] === String(pid));
}

/** Processes whose command line holds a text. */
export function processesWith(text: string): number[] {
  return allProcesses().filter((pid) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(text);
    } catch {
      return false;
    }
  });
}

/** Linux counts processor time in hundredths of a second, whatever its own clock. */
const tickMs = 10;

/** Processor time that processes have taken, ms; those that are gone count as nothing. */
export function processorMs(pids: readonly number[]): number {
  const ticks = pids.map((pid) => {
    const [user, system] = statOf(pid)?.slice(11, 13).map(Number) ?? [];
    return (user ?? 0) + (system ?? 0);
  });
  return tickMs * ticks.reduce((sum, one) => sum + one, 0);
}

/** Processor time of a process, of what it has started, and of what of that has ended, ms. */
export function treeMs(pid: number): number {
  const own = statOf(pid)?.slice(11, 15).map(Number) ?? [];
  const ticks = own.reduce((sum, one) => sum + one, 0);
  return childrenOf(pid).reduce((sum, child) => sum + treeMs(child), tickMs * ticks);
}

/** Memory of a process that is in use or at its highest since it was reset, MB. */
export function memoryMb(pid: number, name: 'VmHWM' | 'VmRSS'): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1] ?? Number.NaN) / 1024;
}

/** Processor time of what this process has started and seen the end of, with what that waited for itself, ms. */
export function endedChildrenMs(): number {
  const [user, system] = statOf('self')?.slice(13, 15).map(Number) ?? [];
  return tickMs * ((user ?? 0) + (system ?? 0));
}
