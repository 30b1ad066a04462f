import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, renameSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { mark, type ProcessMark } from './process.js';

/** A log that has grown beyond this is put aside before the next start, bytes. */
const maxLog = 20 * 1024 * 1024;

/** A process that goes on when this one ends. */
export interface Background {
  readonly process: ProcessMark | null;
  /** Why it ended, once it has; null while it runs. */
  ended(): string | null;
}

/** Starts a program in a session of its own, with its output in a log. Ctrl-C here does not reach it. */
export function startInBackground(
  program: string,
  args: readonly string[],
  options: {
    readonly log: string;
    readonly cwd: string;
    readonly env: Readonly<Record<string, string | undefined>>;
  },
): Background {
  mkdirSync(dirname(options.log), { recursive: true, mode: 0o700 });
  try {
    if (statSync(options.log).size > maxLog) renameSync(options.log, `${options.log}.1`);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  const log = openSync(options.log, 'a', 0o600);
  let ended: string | null = null;
  try {
    const child = spawn(program, [...args], {
      detached: true,
      stdio: ['ignore', log, log],
      cwd: options.cwd,
      env: options.env,
    });
    child.once('error', (error) => {
      ended = error.message;
    });
    child.once('exit', (code, signal) => {
      ended = signal === null ? `it ended with exit code ${code}` : `it was ended by ${signal}`;
    });
    child.unref();
    return { process: child.pid === undefined ? null : mark(child.pid), ended: () => ended };
  } finally {
    closeSync(log);
  }
}

/** The line of a text that tells an error best: the last one that names one, else the last. */
export function tellingLine(text: string): string {
  const lines = text.trim().split('\n');
  const named = lines.findLast((line) => /^\s*(?:\w*Error\b|error\b|fatal\b)/i.test(line));
  return (named ?? lines.at(-1) ?? '').trim().slice(0, 300);
}

/** What the end of a log says of an error, for a message. */
export function lastWords(path: string): string {
  try {
    return tellingLine(readFileSync(path, 'utf8').slice(-8192));
  } catch {
    // No log, nothing to quote.
    return '';
  }
}
