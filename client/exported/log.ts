import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
import { createReadStream, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { ExportedLog } from '../../core/export.js';

/** Bytes of log that come along, all files together: what is more stays where it is, with its sha256 in the file. */
export const mostLogBytes = 64 * 1024 * 1024;

/** sha256, hex. */
export function sha256Of(bytes: Buffer | string): string {
  return createHash('sha256').update(bytes).digest('hex');
}

async function whole(path: string): Promise<ExportedLog> {
  const bytes = await readFile(path);
  const facts = { name: basename(path), bytes: bytes.length, sha256: sha256Of(bytes) };
  return isUtf8(bytes)
    ? { ...facts, text: bytes.toString('utf8') }
    : { ...facts, base64: bytes.toString('base64') };
}

async function named(path: string): Promise<ExportedLog> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return { name: basename(path), bytes: statSync(path).size, sha256: hash.digest('hex') };
}

/** Log files as they go into an export: all of them, or where they are too large only their names and sums. */
export async function exportedLogs(
  paths: readonly string[],
  most = mostLogBytes,
): Promise<ExportedLog[]> {
  const bytes = paths.reduce((sum, path) => sum + statSync(path).size, 0);
  const logs: ExportedLog[] = [];
  for (const path of paths) logs.push(await (bytes > most ? named(path) : whole(path)));
  return logs;
}

/** The bytes of a log that came along; null where it stayed behind. */
export function bytesOf({ text, base64 }: ExportedLog): Buffer | null {
  if (text !== undefined) return Buffer.from(text);
  return base64 === undefined ? null : Buffer.from(base64, 'base64');
}
