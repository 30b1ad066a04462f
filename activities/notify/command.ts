import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { execa } from 'execa';
import { RunbookError } from '../../core/errors.js';
import { excerpt, plainText } from '../../core/excerpt.js';
import { createTail } from '../targets/capture.js';
import { messageOf } from '../thrown.js';
import type { Environment } from './environment.js';
import type { Limit } from './limit.js';

/** Where a command runs. */
export interface CommandPlace {
  readonly folder: string;
  readonly environment: Environment;
}

function definite(environment: Environment): Record<string, string> {
  return Object.fromEntries(
    Object.entries(environment).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, value]],
    ),
  );
}

/** The command and all that it has started. */
function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended meanwhile.
  }
}

/** What came of a command: how it ended, or null where it had to be stopped. */
type Ending = { readonly code: number | null; readonly by: string | null } | null;

/**
 * Runs a command with text as its input.
 * @throws RunbookError `not-delivered` where it does not end well in time, or the reason of the signal
 */
export async function tell(
  input: string,
  argv: readonly string[],
  { folder, environment }: CommandPlace,
  { signal, ms }: Limit,
): Promise<void> {
  signal.throwIfAborted();
  const [program = '', ...args] = argv;
  const child = execa(program, args, {
    cwd: folder,
    extendEnv: false,
    env: definite(environment),
    // A group of its own, so that nothing is left of one that hangs.
    detached: true,
    cleanup: false,
    buffer: false,
    reject: false,
    encoding: 'buffer',
    stdin: 'pipe',
    stdout: 'ignore',
    stderr: 'pipe',
  });
  const { pid } = child;
  if (pid === undefined) {
    const { cause, originalMessage } = await child;
    throw new RunbookError(
      'not-delivered',
      `${program} could not be started: ${originalMessage ?? messageOf(cause)}`,
    );
  }
  const words = createTail();
  child.stderr.on('data', (chunk: Buffer) => words.add(chunk));
  // One that does not read its input is free to.
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  const closed = once(child.stderr, 'close').catch(() => undefined);
  const ended = new Promise<Ending>((resolve) => {
    child.once('exit', (code, by) => resolve({ code, by }));
  });
  const stop = new AbortController();
  const late = delay(ms, null, { signal: AbortSignal.any([signal, stop.signal]) }).catch(
    () => null,
  );
  const ending = await Promise.race([ended, late]);
  stop.abort();
  try {
    if (ending === null) killGroup(pid);
    signal.throwIfAborted();
    if (ending?.code === 0) return;
    // What it said last may still be on its way, or be held back by something that it has left running.
    await Promise.race([closed, delay(500, undefined, { ref: false })]);
  } finally {
    child.stdin.destroy();
    child.stderr.destroy();
  }
  throw new RunbookError('not-delivered', failure(program, ending, words.lastLine(), ms));
}

function failure(program: string, ending: Ending, last: string, ms: number): string {
  const how =
    ending === null
      ? `did not end within ${ms / 1000} s and was stopped`
      : ending.code === null
        ? `was ended by ${ending.by ?? 'a signal'}`
        : `ended with exit code ${ending.code}`;
  return `${program} ${how}${last === '' ? '' : `: ${excerpt(plainText(last), 200)}`}`;
}
