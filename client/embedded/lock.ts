import { linkSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { isRunning, mark, type ProcessMark } from './process.js';

/** What waiting for a lock tells. */
export interface LockOptions {
  /** Called once when another process has it. */
  readonly onWait?: (holder: number) => void;
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

function parse(text: string): ProcessMark | null {
  try {
    const value = JSON.parse(text) as Partial<ProcessMark>;
    return typeof value.pid === 'number' && typeof value.began === 'string'
      ? { pid: value.pid, began: value.began }
      : null;
  } catch {
    // Not written by a lock: nobody holds it.
    return null;
  }
}

function holderOf(path: string): ProcessMark | 'nobody' | 'stale' {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 'nobody';
    throw error;
  }
  const holder = parse(text);
  return holder === null || !isRunning(holder) ? 'stale' : holder;
}

/** Makes a file that must not exist yet, whole or not at all; false where it exists. */
function claim(path: string, text: string): boolean {
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, text, { mode: 0o600 });
  try {
    linkSync(draft, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

/** A breaker that died in the few lines of its work is not waited for longer than this, ms. */
const breakerMs = 10_000;

/** Takes a lock away from a holder that is gone. Only one process does so at a time. */
function removeStale(path: string): void {
  const breaker = `${path}.break`;
  try {
    if (Date.now() - statSync(breaker).mtimeMs > breakerMs) rmSync(breaker, { force: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  if (!claim(breaker, '')) return;
  try {
    // Looked at again: meanwhile another breaker may have done it, and somebody else have the lock.
    if (holderOf(path) === 'stale') rmSync(path, { force: true });
  } finally {
    rmSync(breaker, { force: true });
  }
}

/**
 * Does something that no other process may do at the same time. A holder that died holds nothing.
 * The lock is a file that names its holder.
 */
export async function withLock<T>(
  path: string,
  work: () => Promise<T>,
  options: LockOptions = {},
): Promise<T> {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const own = JSON.stringify(mark(process.pid));
  let told = false;
  while (!claim(path, own)) {
    const holder = holderOf(path);
    if (holder === 'stale') removeStale(path);
    else if (holder !== 'nobody') {
      if (!told) options.onWait?.(holder.pid);
      told = true;
      await pause(50);
    }
  }
  try {
    return await work();
  } finally {
    rmSync(path, { force: true });
  }
}
