import { isRunbookError } from '../../core/errors.js';
import { createIntake } from './intake.js';
import { randomMark } from './mark.js';
import { pump } from './pump.js';
import { plainPath } from './request.js';
import { stopScript } from './scripts.js';
import type { Shell } from './shell.js';

/** A command that was seen to begin. */
export interface Running {
  readonly pid: string;
  /** Start time in the kernel's clock ticks: tells it from a later process with the same number. */
  readonly start: string;
  /** `-` where the session is shared with others. */
  readonly session: string;
}

/** TERM, 5 s, KILL, another 5 s, and the way there: ms. */
const limitMs = 20_000;

async function withoutLonger<T>(work: Promise<T>, ms: number): Promise<T | null> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<null>((resolve) => {
    timer = setTimeout(() => resolve(null), ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Runs one of the scripts that do not start a command, and answers its lines.
 * @throws RunbookError as {@link Shell.start}
 */
export async function askScript(
  shell: Shell,
  script: string,
  args: readonly string[],
  options: { readonly sudo: boolean; readonly urgent?: boolean; readonly path?: string },
): Promise<string[]> {
  const mark = randomMark();
  const lines: string[] = [];
  const argv = [
    '/bin/sh',
    '-c',
    script,
    'runbook',
    mark,
    '0',
    options.path ?? plainPath,
    '0',
  ] as const;
  const process = await shell.start([...argv, ...args], {
    sudo: options.sudo,
    urgent: options.urgent ?? false,
  });
  const intake = createIntake(mark, (words) => {
    lines.push(words);
    return false;
  });
  process.stdin.on('error', () => undefined);
  process.stdin.end();
  const reading = pump(process.stdout, (chunk) => {
    intake.push(chunk);
    return undefined;
  });
  void pump(process.stderr, () => undefined);
  await withoutLonger(Promise.all([process.exit, reading.done]), limitMs);
  process.abandon();
  return lines;
}

/**
 * Stops a command and everything in its group and session: TERM, after 5 s KILL. True when nothing
 * of it is left; false when that could not be done, or not be learnt.
 */
export async function stopCommand(shell: Shell, running: Running, sudo: boolean): Promise<boolean> {
  try {
    const { pid, start, session } = running;
    const asking = askScript(shell, stopScript, [pid, start, session], { sudo, urgent: true });
    const lines = await withoutLonger(asking, limitMs);
    return lines?.includes('gone') ?? false;
  } catch (error) {
    if (isRunbookError(error)) return false; // unreachable: the next attempt stops it
    throw error;
  }
}

/** The process of a `run` line; see scripts.ts. */
export function runningOf([known = '-', pid = '', ...rest]: readonly string[]): Running {
  const stat = rest.join(' ');
  const fields = stat.slice(stat.lastIndexOf(') ') + 2).split(' ');
  const [, parent = '', , session = ''] = fields;
  const start = fields[19] ?? '';
  if (known === '=') return { pid, start, session };
  // A session that it, or sudo before it, leads is its own; 0 is any of outside of its process namespace.
  const leads = session === pid || session === parent;
  const own = leads && session !== '0' ? session : '-';
  return { pid, start, session: known === '?' ? own : known };
}
