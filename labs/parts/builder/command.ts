import { existsSync } from 'node:fs';
import type { WriteStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { PassThrough } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import type { Running } from './part.js';
import { PartError } from './part-error.js';

export interface CommandOptions {
  readonly cwd?: string;
  /** Added to the environment; `undefined` takes a variable out. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Called for each line of output, of both streams. */
  readonly onLine?: (line: string) => void;
  /** Where stdout goes instead of into the log; for binary output. */
  readonly stdout?: NodeJS.WritableStream;
  /** Run with private mounts and processes: whatever it mounts or starts ends with it, even after SIGKILL. Needs root. */
  readonly isolated?: boolean;
}

/** Milliseconds between SIGTERM and SIGKILL. */
const grace = 3000;

/** Part of util-linux, thus on every Debian; elsewhere (macOS) a killed builder may leave a compiler behind. */
const setpriv = '/usr/bin/setpriv';

const isolation = ['unshare', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc', '--'];

/** Starts a command in a process group of its own, its output going to `log`. It dies with this process. */
export function startCommand(
  file: string,
  args: readonly string[],
  log: WriteStream,
  options: CommandOptions = {},
): Started {
  const words = [...(options.isolated ? isolation : []), file, ...args];
  // SIGKILL, because unshare holds SIGTERM back from itself and PID 1 of a namespace ignores it
  const [command = file, ...rest] = existsSync(setpriv)
    ? [setpriv, '--pdeathsig', 'KILL', '--', ...words]
    : words;
  log.write(`$ ${[file, ...args].map(shown).join(' ')}\n`);
  const child = execa(command, rest, {
    detached: true,
    cleanup: false,
    reject: false,
    buffer: false,
    stdin: 'ignore',
    env: { LC_ALL: 'C', ...options.env },
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  });
  let captured = '';
  const lines = new PassThrough();
  const tell = options.onLine;
  if (tell !== undefined) createInterface({ input: lines }).on('line', tell);
  const note = (chunk: Buffer): void => {
    log.write(chunk);
    if (tell !== undefined) lines.write(chunk);
  };
  if (options.stdout === undefined) {
    child.stdout.on('data', (chunk: Buffer) => {
      captured += chunk.toString();
      note(chunk);
    });
  } else {
    child.stdout.pipe(options.stdout);
    options.stdout.once('error', () => void stop()); // a full disk: nobody reads on, so it would wait for ever
  }
  child.stderr.on('data', note);
  let over = false;
  const exited = child.then((result) => {
    over = true;
    lines.end();
    const why =
      result.exitCode ??
      result.signal ??
      (result.cause as Error | undefined)?.message ??
      'not started';
    return { ok: result.exitCode === 0, why: String(why), stdout: captured };
  });
  const signalGroup = (signal: NodeJS.Signals): void => {
    try {
      if (child.pid !== undefined && !over) process.kill(-child.pid, signal);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  };
  const stop = async (): Promise<void> => {
    signalGroup('SIGTERM');
    await Promise.race([exited, sleep(grace, undefined, { ref: false })]);
    signalGroup('SIGKILL');
    await exited;
  };
  return { exited, stop, alive: () => !over };
}

export interface Started extends Running {
  readonly exited: Promise<{ ok: boolean; why: string; stdout: string }>;
}

/** Runs a command to its end. Aborting the signal stops its whole process group. Throws unless it exits 0. */
export async function runCommand(
  file: string,
  args: readonly string[],
  log: WriteStream,
  signal: AbortSignal,
  options: CommandOptions = {},
): Promise<string> {
  signal.throwIfAborted();
  const started = startCommand(file, args, log, options);
  const onAbort = (): void => void started.stop();
  signal.addEventListener('abort', onAbort);
  try {
    const result = await started.exited;
    signal.throwIfAborted();
    if (result.ok) return result.stdout;
    throw new PartError(`${[file, ...args].slice(0, 4).join(' ')} … ended with ${result.why}`);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

function shown(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
