import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/**
 * A process that cannot be mistaken for another: ids are used again, and a file that names one may be
 * older than the machine's last start.
 */
export interface ProcessMark {
  readonly pid: number;
  /** When it began, in words that no other process with this id shares. */
  readonly began: string;
}

function read(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    // Gone, or no such file system: either way there is nothing to read.
    return null;
  }
}

/** State letter and start time of a process in /proc; null where there is none. */
export function parseStat(stat: string): { state: string; ticks: string } | null {
  // The name in brackets may hold anything, brackets and blanks too.
  const rest = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state] = rest;
  const ticks = rest[19];
  return state === undefined || ticks === undefined ? null : { state, ticks };
}

function beganOnLinux(pid: number, boot: string): string | null {
  const stat = read(`/proc/${pid}/stat`);
  const found = stat === null ? null : parseStat(stat);
  // A zombie holds its id, and nothing else.
  if (found === null || found.state === 'Z' || found.state === 'X') return null;
  return `${boot.trim()}:${found.ticks}`;
}

/** When a process began; null when it does not run. */
export function began(pid: number): string | null {
  const boot = read('/proc/sys/kernel/random/boot_id');
  if (boot !== null) return beganOnLinux(pid, boot);
  const { stdout, status } = spawnSync('ps', ['-o', 'lstart=', '-p', String(pid)], {
    encoding: 'utf8',
    timeout: 5000,
    env: { ...process.env, LC_ALL: 'C' },
  });
  return status === 0 && stdout.trim() !== '' ? stdout.trim() : null;
}

/** The mark of a running process. */
export function mark(pid: number): ProcessMark | null {
  const since = began(pid);
  return since === null ? null : { pid, began: since };
}

/** True while this very process runs. */
export function isRunning({ pid, began: since }: ProcessMark): boolean {
  return began(pid) === since;
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Waits until a process has ended; false when it still runs after so long. */
export async function waitForEnd(process: ProcessMark, ms: number): Promise<boolean> {
  const end = Date.now() + ms;
  while (isRunning(process)) {
    if (Date.now() > end) return false;
    await pause(50);
  }
  return true;
}

/** Asks a process to end, and ends it where it does not within so long. Never signals a stranger. */
export async function stop(process_: ProcessMark, graceMs: number): Promise<'gone' | 'killed'> {
  if (!isRunning(process_)) return 'gone';
  signal(process_.pid, 'SIGTERM');
  if (await waitForEnd(process_, graceMs)) return 'gone';
  signal(process_.pid, 'SIGKILL');
  await waitForEnd(process_, 5000);
  return 'killed';
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
