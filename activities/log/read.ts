import { open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { parseLogLine, type LogEntry } from '../../core/run/log.js';
import { logFolder } from './store.js';
import { codeOf } from '../thrown.js';

/** How far a log was read: bytes of each of its files. Plain JSON; `{}` is the beginning. */
export type LogPosition = Readonly<Record<string, number>>;

/** A line that holds no entry; reading goes on behind it. */
export interface LogProblem {
  readonly file: string;
  /** Where the line begins, bytes. */
  readonly offset: number;
  readonly bytes: number;
}

/** What to read of a run's log. */
export interface LogQuery {
  /** Where an earlier page ended. */
  readonly after?: LogPosition;
  /** Entries with smaller numbers are left out. */
  readonly fromSeq?: number;
  /** Entries of this step only. */
  readonly step?: string;
  /** The most entries of a page; 1000 unless told. */
  readonly limit?: number;
  /** The most bytes of a page's lines, so that it fits where it is sent; 512 KiB unless told. At least one entry is given. */
  readonly maxBytes?: number;
}

/** A part of a run's log, in the order of time. */
export interface LogPage {
  readonly entries: readonly LogEntry[];
  readonly problems: readonly LogProblem[];
  readonly position: LogPosition;
  /** True when there was nothing more at the time. */
  readonly end: boolean;
}

/** Larger than any line that is written. */
const windowBytes = 1024 * 1024;

interface Line {
  readonly entry: LogEntry | null;
  readonly offset: number;
  readonly bytes: number;
}

interface Part {
  readonly file: string;
  readonly lines: readonly Line[];
  /** True when the file ends behind these lines. */
  readonly end: boolean;
}

/** The whole lines that begin at `offset`, about 1 MiB of them. */
async function partOf(folder: string, file: string, from: number): Promise<Part> {
  const handle = await open(join(folder, file), 'r');
  try {
    const { size } = await handle.stat();
    // A file that became shorter is another one.
    const start = from > size ? 0 : from;
    const { buffer, bytesRead } = await handle.read({
      buffer: Buffer.alloc(Math.min(windowBytes, size - start)),
      position: start,
    });
    const bytes = buffer.subarray(0, bytesRead);
    const lines: Line[] = [];
    let at = 0;
    for (let next = bytes.indexOf(0x0a); next !== -1; next = bytes.indexOf(0x0a, at)) {
      const entry = parseLogLine(bytes.toString('utf8', at, next));
      lines.push({ entry, offset: start + at, bytes: next + 1 - at });
      at = next + 1;
    }
    // Nobody writes lines as long as the window: such a one is passed over in pieces.
    if (lines.length === 0 && bytesRead === windowBytes) {
      lines.push({ entry: null, offset: start, bytes: windowBytes });
      at = windowBytes;
    }
    // What follows the last newline is a line that is just being written.
    return { file, lines, end: start + bytesRead >= size };
  } finally {
    await handle.close();
  }
}

async function filesOf(folder: string): Promise<string[]> {
  try {
    const names = await readdir(folder);
    return names.filter((name) => name.endsWith('.ndjson')).sort();
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return [];
    throw error;
  }
}

/** A place in one part while the parts are merged. */
interface Cursor {
  readonly part: Part;
  at: number;
}

function isSpent({ part, at }: Cursor): boolean {
  return at >= part.lines.length;
}

/** The cursor whose next line is the oldest; within a file the order stays as it is. */
function oldest(cursors: readonly Cursor[]): Cursor | null {
  let best: Cursor | null = null;
  let bestAt = '';
  for (const cursor of cursors) {
    const line = cursor.part.lines[cursor.at];
    if (line === undefined) continue;
    const at = line.entry?.at ?? ''; // a torn line goes first: it is only counted
    if (best === null || at < bestAt) {
      best = cursor;
      bestAt = at;
    }
  }
  return best;
}

/**
 * Reads a part of a run's log from all files that its workers wrote. Tolerates a last line that is
 * half written: it comes with a later page. A run without a log has an empty one.
 */
export async function readLog(dir: string, run: string, query: LogQuery = {}): Promise<LogPage> {
  const { after = {}, fromSeq = 0, step, limit = 1000, maxBytes = 512 * 1024 } = query;
  const folder = logFolder(dir, run);
  const files = await filesOf(folder);
  const parts = await Promise.all(files.map((file) => partOf(folder, file, after[file] ?? 0)));
  const cursors: Cursor[] = parts.map((part) => ({ part, at: 0 }));
  const position: Record<string, number> = { ...after };
  const entries: LogEntry[] = [];
  const problems: LogProblem[] = [];
  let bytes = 0;
  for (;;) {
    // Where one file has more than was read, later lines of the others may have to wait for it.
    if (cursors.some((cursor) => isSpent(cursor) && !cursor.part.end)) break;
    const cursor = oldest(cursors);
    if (cursor === null) {
      return { entries, problems, position, end: true };
    }
    const line = cursor.part.lines[cursor.at];
    if (line === undefined) break;
    const { entry } = line;
    const wanted =
      entry !== null && entry.seq >= fromSeq && (step === undefined || entry.step === step);
    if (wanted) {
      if (entries.length >= limit || (entries.length > 0 && bytes + line.bytes > maxBytes)) break;
      entries.push(entry);
      bytes += line.bytes;
    } else if (entry === null && line.bytes > 1) {
      problems.push({ file: cursor.part.file, offset: line.offset, bytes: line.bytes });
    }
    position[cursor.part.file] = line.offset + line.bytes;
    cursor.at++;
  }
  return { entries, problems, position, end: false };
}
