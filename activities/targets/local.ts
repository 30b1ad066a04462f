import { constants } from 'node:os';
import { execa } from 'execa';
import { PermanentError, RunbookError } from '../../core/errors.js';
import { asRoot } from './as-root.js';
import { changeScript, scriptArgv } from './scripts.js';
import type { Exit, Process, Shell, Start } from './shell.js';
import { codeOf, messageOf } from '../thrown.js';

/** Where on this machine. */
export interface LocalPlace {
  /** Network namespace to enter, as a file; null for the worker's own. */
  readonly namespace: string | null;
}

/** What a tool may need of the worker's own environment. */
const inherited = ['HOME', 'USER', 'LOGNAME'] as const;

function environment(): Record<string, string> {
  const env: Record<string, string> = { LC_ALL: 'C', TERM: 'dumb' };
  for (const name of inherited) {
    const value = process.env[name];
    if (value !== undefined) env[name] = value;
  }
  // Only for finding nsenter, sudo and sh; the scripts set their own.
  env['PATH'] = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
  return env;
}

function statusOf(exitCode: number | null, signal: NodeJS.Signals | null): number {
  return exitCode ?? 128 + (signal === null ? 0 : constants.signals[signal]);
}

function spawnError(command: string, cause: unknown): RunbookError {
  if (codeOf(cause) === 'ENOENT') {
    return new PermanentError('tool-missing', `local: there is no program ${command}`, {
      hint: `Install ${command} on the worker's machine.`,
      cause,
    });
  }
  return new RunbookError(
    'unreachable',
    `local: no process could be started: ${messageOf(cause)}`,
    { cause },
  );
}

/** Programs on this machine, each in a session and process group of its own. */
export function createLocalShell({ namespace }: LocalPlace): Shell {
  const root = process.getuid?.() === 0;
  const start = async (
    argv: readonly [string, ...string[]],
    { sudo, signal }: Start,
  ): Promise<Process> => {
    signal?.throwIfAborted();
    const inside = namespace === null ? argv : ['nsenter', `--net=${namespace}`, '--', ...argv];
    const words = sudo && !root ? asRoot(inside) : inside;
    const [command = '', ...args] = words;
    const child = execa(command, args, {
      detached: true,
      cleanup: false,
      buffer: false,
      reject: false,
      encoding: 'buffer',
      stripFinalNewline: false,
      extendEnv: false,
      env: environment(),
      stdin: 'pipe',
      stdout: 'pipe',
      stderr: 'pipe',
    });
    const exit = new Promise<Exit>((resolve) => {
      child.once('exit', (code, by) => resolve({ code: statusOf(code, by), lost: null }));
    });
    if (child.pid === undefined) {
      const { cause, originalMessage } = await child;
      throw spawnError(command, cause ?? new Error(originalMessage ?? 'unknown'));
    }
    return {
      stdin: child.stdin,
      stdout: child.stdout,
      stderr: child.stderr,
      exit,
      abandon: () => {
        child.stdin.destroy();
        child.stdout.destroy();
        child.stderr.destroy();
      },
    };
  };
  return {
    root,
    start,
    change: (args, options) => start(scriptArgv(changeScript, args), options),
  };
}
