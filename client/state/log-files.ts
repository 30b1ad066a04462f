import { createReadStream, readdirSync, statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseLogLine, type LogEntry } from '../../core/run/log.js';
import { logFolderName } from './file-name.js';

/** Log files of a run: one for each worker that has worked at it. */
export function logFiles(state: string, run: string): string[] {
  const folder = join(state, 'logs', logFolderName(run));
  try {
    return readdirSync(folder)
      .filter((name) => name.endsWith('.ndjson'))
      .sort()
      .map((name) => join(folder, name));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

async function* entriesOf(path: string): AsyncGenerator<LogEntry> {
  const lines = createInterface({
    input: createReadStream(path),
    crlfDelay: Number.POSITIVE_INFINITY,
  });
  for await (const text of lines) {
    const entry = parseLogLine(text);
    if (entry !== null) yield entry;
  }
}

/** Entries of several files in the order of their times; each file keeps its own order. */
async function* mergedEntries(paths: readonly string[]): AsyncGenerator<LogEntry> {
  const heads = await Promise.all(
    paths.map(async (path) => {
      const source = entriesOf(path);
      return { source, next: await source.next() };
    }),
  );
  for (;;) {
    const open = heads.filter(({ next }) => next.done !== true);
    const [first] = open;
    if (first === undefined) return;
    const at = (head: (typeof heads)[number]): string => (head.next.value as LogEntry).at;
    const least = open.reduce((best, head) => (at(head) < at(best) ? head : best), first);
    yield least.next.value as LogEntry;
    least.next = await least.source.next();
  }
}

/** All entries of a run's log. */
export async function* readLog(state: string, run: string): AsyncGenerator<LogEntry> {
  const files = logFiles(state, run);
  const [only] = files;
  if (only === undefined) return;
  yield* files.length === 1 ? entriesOf(only) : mergedEntries(files);
}

/** Reads what was added to a file since the last time. */
export class Appended {
  readonly #path: string;
  #offset: number;
  #rest = Buffer.alloc(0);

  /** `fromEnd`: the bytes at the end of the file with which to begin; all of it where null. */
  constructor(path: string, fromEnd: number | null) {
    this.#path = path;
    this.#offset = fromEnd === null ? 0 : Math.max(0, statSync(path).size - fromEnd);
  }

  /** Whole lines that are new; at most `limit` bytes are read in one go. */
  async entries(limit = 4 * 1024 * 1024): Promise<LogEntry[]> {
    const handle = await open(this.#path, 'r');
    try {
      const { size } = await handle.stat();
      const length = Math.min(limit, size - this.#offset);
      if (length <= 0) return [];
      const { buffer, bytesRead } = await handle.read(
        Buffer.alloc(length),
        0,
        length,
        this.#offset,
      );
      this.#offset += bytesRead;
      const bytes = Buffer.concat([this.#rest, buffer.subarray(0, bytesRead)]);
      const end = bytes.lastIndexOf(0x0a) + 1;
      this.#rest = bytes.subarray(end);
      return bytes
        .subarray(0, end)
        .toString('utf8')
        .split('\n')
        .map(parseLogLine)
        .filter((entry) => entry !== null);
    } finally {
      await handle.close();
    }
  }
}

/** Number of the last entry in each of a run's files. */
export async function lastNumbers(state: string, run: string): Promise<Map<string, number>> {
  const found = new Map<string, number>();
  for (const path of logFiles(state, run)) {
    for await (const entry of entriesOf(path)) found.set(path, entry.seq);
  }
  return found;
}
