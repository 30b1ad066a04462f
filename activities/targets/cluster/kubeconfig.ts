import { createHash, randomBytes } from 'node:crypto';
import { mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { RunbookError } from '../../../core/errors.js';
import { messageOf } from '../../thrown.js';

/** Names of files in a kubeconfig, relative to its own folder. */
const fileField =
  /^(\s*(?:- )?"?(?:certificate-authority|client-certificate|client-key|tokenFile)"?:\s*)(["']?)([^\s"'/][^"'\n,]*?)\2(,?\s*)$/gm;

/** A kubeconfig that means the same in another folder. */
export function withAbsoluteFiles(text: string, folder: string): string {
  return text.replace(
    fileField,
    (_, field: string, _quote: string, file: string, end: string) =>
      `${field}${JSON.stringify(resolve(folder, file))}${end}`,
  );
}

/** A private copy of a kubeconfig. */
export interface KubeconfigCopy {
  readonly file: string;
  /** Changes when the source does. */
  readonly version: string;
}

/**
 * Copies of kubeconfigs for this process alone: others may rewrite the shared ones while a tool reads
 * them, or switch the current context.
 */
export interface Kubeconfigs {
  /** The copy of a file, made anew when the file has changed. @throws RunbookError `unreachable` */
  copyOf(file: string): Promise<KubeconfigCopy>;
  /** Removes the copies. */
  close(): Promise<void>;
}

interface Kept extends KubeconfigCopy {
  readonly source: string;
}

async function writePrivately(file: string, text: string): Promise<void> {
  const next = `${file}.${randomBytes(4).toString('hex')}`;
  const handle = await open(next, 'wx', 0o600);
  try {
    await handle.writeFile(text);
  } finally {
    await handle.close();
  }
  await rename(next, file);
}

export function createKubeconfigs(stateDir: string): Kubeconfigs {
  const folder = join(stateDir, 'kubeconfigs', `${process.pid}-${randomBytes(4).toString('hex')}`);
  const copies = new Map<string, Promise<Kept>>();

  const refresh = async (source: string, last: Kept | null): Promise<Kept> => {
    const { mtimeMs, size, ino, dev } = await stat(source);
    const version = [mtimeMs, size, ino, dev].join(':');
    if (last?.version === version) return last;
    const name = createHash('sha256').update(source).digest('hex').slice(0, 16);
    const file = join(folder, `${name}.yaml`);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await writePrivately(file, withAbsoluteFiles(await readFile(source, 'utf8'), dirname(source)));
    return { source, file, version };
  };

  return {
    copyOf: async (file) => {
      const source = resolve(file.replace(/^~(?=\/)/, homedir()));
      const before = copies.get(source) ?? Promise.resolve(null);
      const copy = before.catch(() => null).then((last) => refresh(source, last));
      copies.set(source, copy);
      try {
        return await copy;
      } catch (cause) {
        throw new RunbookError(
          'unreachable',
          `the kubeconfig cannot be used: ${messageOf(cause)}`,
          {
            hint: 'Start the lab or cluster that writes it, or correct `kubeconfig` in the inventory.',
            cause,
          },
        );
      }
    },
    close: async () => {
      copies.clear();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
