import { createHash } from 'node:crypto';
import { mkdir, open, readFile, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { PermanentError } from '../../core/errors.js';
import { isObject } from '../../core/json.js';
import type { Entry } from './entry.js';

/** An append-only file of entries. */
export interface Journal {
  /** What it held when it was opened. */
  readonly entries: readonly Entry[];
  /** Writes an entry. When it settles, the entry outlives this machine. */
  append(entry: Entry): Promise<void>;
  close(): Promise<void>;
}

/** A line of the file. `sum` is the sha256 (its first 32 digits) of the sum of the line before and the entry. */
interface Line {
  readonly seq: number;
  readonly sum: string;
  readonly entry: Entry;
}

/** What was read of a journal. */
export interface Read {
  readonly entries: readonly Entry[];
  /** Bytes of the whole lines. What follows was just being written when the process died: nobody has acted on it. */
  readonly bytes: number;
  /** Sum of the last line. */
  readonly sum: string;
}

function sumOf(before: string, entry: Entry): string {
  return createHash('sha256')
    .update(before)
    .update(JSON.stringify(entry))
    .digest('hex')
    .slice(0, 32);
}

function damaged(path: string, number: number, why: string): PermanentError {
  return new PermanentError('journal-unusable', `${path}: line ${number} ${why}`, {
    hint: 'nothing was done; what the run had done so far is in its log, and in sight.json beside the journal',
  });
}

function parsed(text: string): Line | null {
  try {
    const line = JSON.parse(text) as unknown;
    if (!isObject(line) || !isObject(line['entry'])) return null;
    return line as unknown as Line;
  } catch {
    // Not written by us as it stands: what that means depends on where it is.
    return null;
  }
}

/**
 * Reads the bytes of a journal. A last line that is cut off is left out; anything else that is not as it was
 * written is refused.
 * @throws PermanentError `journal-unusable`
 */
export function readJournal(path: string, bytes: Buffer): Read {
  const entries: Entry[] = [];
  let sum = '';
  let at = 0;
  while (at < bytes.length) {
    const newline = bytes.indexOf(0x0a, at);
    const end = newline < 0 ? bytes.length : newline;
    const text = bytes.toString('utf8', at, end);
    const last = newline < 0 || newline + 1 === bytes.length;
    // A machine that lost its power may leave a hole in what it wrote last: zeros.
    if (newline < 0 || (last && text.includes('\0'))) break;
    const number = entries.length + 1;
    const line = parsed(text);
    if (line === null) throw damaged(path, number, 'is not what was written');
    if (line.seq !== number)
      throw damaged(path, number, `has number ${line.seq}: lines are missing`);
    if (line.sum !== sumOf(sum, line.entry))
      throw damaged(path, number, 'was altered, or the one before it');
    entries.push(line.entry);
    sum = line.sum;
    at = newline + 1;
  }
  return { entries, bytes: at, sum };
}

/** The name of a new file is durable when its folder is. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

async function bytesOf(path: string): Promise<Buffer | null> {
  try {
    return await readFile(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

/** Opens a journal, made where there is none. @throws PermanentError `journal-unusable` */
export async function openJournal(path: string): Promise<Journal> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const held = await bytesOf(path);
  const { entries, bytes, sum: last } = readJournal(path, held ?? Buffer.alloc(0));
  const file: FileHandle = await open(path, held === null ? 'wx' : 'r+', 0o600);
  if (held === null) await syncFolder(dirname(path));
  else if (held.length > bytes) await file.truncate(bytes);
  let seq = entries.length;
  let end = bytes;
  let sum = last;
  return {
    entries,
    async append(entry) {
      const next = sumOf(sum, entry);
      const line: Line = { seq: seq + 1, sum: next, entry };
      const text = Buffer.from(`${JSON.stringify(line)}\n`);
      let written = 0;
      while (written < text.length) {
        const { bytesWritten } = await file.write(
          text,
          written,
          text.length - written,
          end + written,
        );
        written += bytesWritten;
      }
      await file.datasync();
      seq += 1;
      end += text.length;
      sum = next;
    },
    close: () => file.close(),
  };
}
