import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { codeOf, messageOf } from '../thrown.js';
import { maxBytes } from './place.js';

/** What a file holds, or why it is not taken. */
export type Content = { readonly bytes: Buffer } | { readonly why: string; readonly hint: string };

/** Reads a file that only its owner may read. */
export async function content(path: string): Promise<Content> {
  let file;
  try {
    // A pipe would keep the worker waiting for somebody to write to it.
    file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    const why = codeOf(error) === 'ENOENT' ? 'there is no such file' : messageOf(error);
    return { why: `${path}: ${why}`, hint: 'put the file there, on every machine with a worker' };
  }
  try {
    const found = await file.stat();
    if (!found.isFile()) return { why: `${path} is not a file`, hint: 'name a file' };
    if ((found.mode & 0o077) !== 0) {
      const mode = (found.mode & 0o777).toString(8).padStart(4, '0');
      return { why: `${path} has mode ${mode}: others may use it`, hint: `chmod 600 ${path}` };
    }
    const bytes = Buffer.alloc(Math.min(found.size, maxBytes + 1));
    const { bytesRead } = await file.read(bytes, 0, bytes.length, 0);
    return { bytes: bytes.subarray(0, bytesRead) };
  } finally {
    await file.close();
  }
}
