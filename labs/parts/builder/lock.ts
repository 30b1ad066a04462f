import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { execa } from 'execa';

/** Held until `release` is called or this process ends, however it ends. */
export interface Lock {
  release(): Promise<void>;
}

/** Part of util-linux, thus on every Debian. */
const flock = '/usr/bin/flock';

/**
 * Takes the lock of a file, waiting for another holder. The kernel's flock does the work, held by a `cat` that ends when
 * our end of its stdin closes: so there is no stale lock, whatever kills the builder. The file's text is the holder's pid,
 * for `onWait` only. On a host without flock no lock is taken: the rename into place still keeps every build whole, the
 * work is then only done twice.
 */
export async function takeLock(
  file: string,
  signal: AbortSignal,
  onWait: (holder: string) => void,
): Promise<Lock> {
  if (!existsSync(flock)) return { release: async () => {} };
  await mkdir(dirname(file), { recursive: true });
  const quick = await hold(file, ['--nonblock'], signal);
  if (quick !== undefined) return quick;
  onWait((await readFile(file, 'utf8').catch(() => '')).trim() || 'unknown');
  const lock = await hold(file, [], signal);
  if (lock === undefined) throw new Error(`flock ${file} failed`);
  return lock;
}

async function hold(
  file: string,
  how: readonly string[],
  signal: AbortSignal,
): Promise<Lock | undefined> {
  signal.throwIfAborted();
  const child = execa(flock, ['--no-fork', '--exclusive', ...how, file, 'cat'], {
    detached: true, // a Ctrl-C is for the builder, which still has to tidy up under this lock
    cleanup: false,
    reject: false,
    buffer: false,
    stderr: 'ignore',
  });
  const stop = (): void => void child.kill('SIGKILL');
  signal.addEventListener('abort', stop);
  try {
    child.stdin.on('error', () => {}); // flock left without starting cat
    child.stdin.write('held\n');
    const held = await Promise.race([
      new Promise<boolean>((resolve) => child.stdout.once('data', () => resolve(true))),
      child.then(() => false),
    ]);
    signal.throwIfAborted();
    if (!held) return undefined;
  } finally {
    signal.removeEventListener('abort', stop);
  }
  await writeFile(file, `${process.pid}\n`);
  return {
    release: async () => {
      child.stdin.end();
      await child;
    },
  };
}
