import { watch, type FSWatcher } from 'node:fs';
import type { LogEntry } from '../../core/run/log.js';
import { readLog, type LogQuery } from './read.js';
import { logFolder } from './store.js';

/** How to follow a log. */
export interface FollowOptions extends LogQuery {
  /** Ends the following. */
  readonly signal: AbortSignal;
  /** The longest between two looks, ms, for file systems that do not tell of changes; 1 s unless told. */
  readonly pollMs?: number;
}

/** Waits for a change in the folder, for `ms`, or for the end. */
function change(folder: string, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    let watcher: FSWatcher | null = null;
    const done = (): void => {
      clearTimeout(timer);
      watcher?.close();
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done, { once: true });
    try {
      watcher = watch(folder, done);
      // The folder went, or the system has no more watches: the timer is left.
      watcher.on('error', () => watcher?.close());
    } catch {
      watcher = null; // the folder is not there yet: the timer is left
    }
  });
}

/**
 * Yields the entries of a run's log, those that are there and then those that come, until the signal
 * is aborted.
 */
export async function* followLog(
  dir: string,
  run: string,
  { signal, pollMs = 1000, ...query }: FollowOptions,
): AsyncGenerator<LogEntry> {
  let { after = {} } = query;
  while (!signal.aborted) {
    // Before the look: what is written meanwhile ends the wait at once.
    const waiting = new AbortController();
    const changed = change(logFolder(dir, run), pollMs, AbortSignal.any([signal, waiting.signal]));
    try {
      const page = await readLog(dir, run, { ...query, after });
      after = page.position;
      yield* page.entries;
      if (page.end) await changed;
    } finally {
      waiting.abort();
    }
  }
}
