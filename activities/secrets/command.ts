import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { execa } from 'execa';
import { createCapture, createTail } from '../targets/capture.js';
import { createRedactor } from '../log/redact.js';
import { excerpt, plainText } from '../../core/excerpt.js';
import { messageOf } from '../thrown.js';
import { maxBytes, type SourcePlace } from './place.js';

/** After its end, how long to wait for what it printed: ms. */
const lingerMs = 1000;

/** The command and all that it has started. */
function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended meanwhile.
  }
}

/** What a command printed, or why it gave nothing. */
export type Printed = { readonly bytes: Buffer } | { readonly why: string };

/**
 * Runs a command that prints a secret.
 * @throws the reason of the signal
 */
export async function printed(
  argv: readonly string[],
  ms: number,
  { folder, environment }: SourcePlace,
  signal: AbortSignal,
): Promise<Printed> {
  signal.throwIfAborted();
  const [program = '', ...args] = argv;
  const child = execa(program, args, {
    cwd: folder,
    extendEnv: false,
    env: { ...environment },
    // A group of its own, so that nothing is left of one that hangs.
    detached: true,
    cleanup: false,
    buffer: false,
    reject: false,
    encoding: 'buffer',
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
  });
  const { pid } = child;
  if (pid === undefined) {
    const { cause, originalMessage } = await child;
    return { why: `${program} could not be started: ${originalMessage ?? messageOf(cause)}` };
  }
  const value = createCapture(maxBytes + 1);
  const words = createTail();
  child.stdout.on('data', (chunk: Buffer) => value.add(chunk));
  child.stderr.on('data', (chunk: Buffer) => words.add(chunk));
  const stop = AbortSignal.any([signal, AbortSignal.timeout(ms)]);
  const ended = once(child, 'exit', { signal: stop }) as Promise<[number | null, string]>;
  const closed = once(child, 'close').catch(() => undefined);
  try {
    const [code, by] = await ended;
    // What it printed may still be on its way, or be held open by what it has left running.
    await Promise.race([closed, delay(lingerMs, undefined, { ref: false })]);
    if (code === 0) return { bytes: value.bytes() };
    const how = code === null ? `was ended by ${by}` : `ended with exit code ${code}`;
    const said = createRedactor([value.text().trim()]).text(words.lastLine());
    return { why: `${program} ${how}${said === '' ? '' : `: ${excerpt(plainText(said), 200)}`}` };
  } catch {
    signal.throwIfAborted();
    return { why: `${program} did not end within ${ms / 1000} s and was stopped` };
  } finally {
    if (stop.aborted) killGroup(pid);
    child.stdout.destroy();
    child.stderr.destroy();
  }
}
