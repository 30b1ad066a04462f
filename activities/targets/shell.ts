import type { Readable, Writable } from 'node:stream';
import type { RunbookError } from '../../core/errors.js';

/** How a process ended, as far as its status tells. */
export interface Exit {
  /** 128 + n for a process that signal n ended; null where nobody learnt it. */
  readonly code: number | null;
  /** The connection was lost, or the process ended without a status: it may still run. */
  readonly lost: RunbookError | null;
}

/** A process somewhere, with its three streams. */
export interface Process {
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** Settles when the status is known; output may still follow. */
  readonly exit: Promise<Exit>;
  /** True where nobody there ends it when its time is up. */
  readonly untimed?: boolean;
  /** Gives its streams up. Does not stop it. */
  abandon(): void;
}

/** How a process is to be started. */
export interface Start {
  /** As root, where the login is not. */
  readonly sudo: boolean;
  /** Ends the waiting for a free place. */
  readonly signal?: AbortSignal;
  /** Goes past the queue: for stopping another. */
  readonly urgent?: boolean;
}

/** A place where programs can be started: this machine, or a host. */
export interface Shell {
  /** True where the login is root already. */
  readonly root: boolean;
  /**
   * Starts a program with exactly these arguments, in a session of its own.
   * @throws RunbookError `unreachable`, `login-failed`, `host-key-unknown`, `host-key-changed`; the
   *   signal's reason
   */
  start(argv: readonly [string, ...string[]], options: Start): Promise<Process>;
  /**
   * Runs changeScript of scripts.ts with these arguments.
   * @throws as {@link start}
   */
  change(args: readonly string[], options: Start): Promise<Process>;
  /**
   * Runs readScript of scripts.ts with these arguments, without input and not as root, in a shell that
   * is kept open; null where that is not possible now.
   * @throws as {@link start}
   */
  quick?(args: readonly string[], signal: AbortSignal): Promise<Process | null>;
}
