import { createHash } from 'node:crypto';

/** File systems allow 255 bytes in a name; suffixes need some of them. */
const maxName = 180;

/**
 * Name of the folder of a run's logs: what the writer of logs makes of a run's id (a test holds the two
 * equal). Letters, digits, `.`, `_` and `-` stay, other bytes become `%XX`, long names end with a hash.
 */
export function logFolderName(run: string): string {
  const encoded = [...Buffer.from(run, 'utf8')]
    .map((byte, at) => {
      const char = String.fromCharCode(byte);
      const plain = /[A-Za-z0-9_-]/.test(char) || (char === '.' && at > 0);
      return plain ? char : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
    })
    .join('');
  if (encoded !== '' && encoded.length <= maxName) return encoded;
  const hash = createHash('sha256').update(run).digest('hex').slice(0, 32);
  return `${encoded.slice(0, maxName - 34)}%-${hash}`;
}

/** Name of the file in the archive, without its `.json`; a test holds it equal to the worker's. */
export function archiveName(run: string): string {
  return run.replace(/[^A-Za-z0-9._-]/g, '_');
}
