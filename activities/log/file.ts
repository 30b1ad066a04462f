import { mkdir, open, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { RunbookError } from '../../core/errors.js';
import { formatLogLine, parseLogLine, type LogEntry } from '../../core/run/log.js';
import { codeOf, messageOf } from '../thrown.js';

type WithoutSeq<E> = E extends LogEntry ? Omit<E, 'seq'> : never;

/** An entry that has no number yet. */
export type NewEntry = WithoutSeq<LogEntry>;

/** Bytes that may wait to be written before a writer has to pause. */
const highWater = 1024 * 1024;
const idleMs = 5_000;
const tailBytes = 1024 * 1024;
const maxTailBytes = 4 * tailBytes;

interface End {
  /** Number of the last entry; 0 in an empty file. */
  readonly seq: number;
  readonly size: number;
  /** True where the last line was cut off. */
  readonly torn: boolean;
}

async function endOf(handle: FileHandle): Promise<End> {
  const { size } = await handle.stat();
  if (size === 0) return { seq: 0, size, torn: false };
  for (let window = Math.min(size, tailBytes); ; window = Math.min(size, window * 8)) {
    const { buffer } = await handle.read(Buffer.alloc(window), 0, window, size - window);
    const torn = buffer.at(-1) !== 0x0a;
    for (const line of buffer.toString('utf8').split('\n').toReversed()) {
      const entry = parseLogLine(line);
      if (entry !== null) return { seq: entry.seq, size, torn };
    }
    if (window === size) return { seq: 0, size, torn };
    // An entry takes more than one byte, so no number in this file can be larger.
    if (window >= maxTailBytes) return { seq: size, size, torn };
  }
}

/** Node's recursive mkdir says ENOENT on a file system that is read-only: the last folder is made alone. */
async function makeFolder(folder: string): Promise<void> {
  await mkdir(dirname(folder), { recursive: true, mode: 0o700 });
  try {
    await mkdir(folder, { mode: 0o700 });
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
  }
}

/** One append-only file of log entries; one process writes it. */
export interface LogFile {
  /** Bytes in the file and on their way into it. */
  readonly size: number;
  /** Opens the file; needed once before the first {@link append}. @throws RunbookError `log-unwritable` */
  open(): Promise<void>;
  /** Queues an entry; answers its number. */
  append(entry: NewEntry): number;
  /** Settles when there is room again; undefined while there is. */
  room(): Promise<void> | undefined;
  /** How often writing has failed so far: what was queued then is lost. */
  readonly failures: number;
  /** The error of the last write that failed. */
  lost(): RunbookError;
  /** Waits until everything queued is written. @throws RunbookError `log-unwritable` where the last write failed */
  flush(): Promise<void>;
  close(): Promise<void>;
}

function unwritable(path: string, cause: unknown): RunbookError {
  return new RunbookError(
    'log-unwritable',
    `the run's log ${path} cannot be written: ${messageOf(cause)}`,
    {
      hint: 'Free space on that disk, or repair it; the step goes on by itself.',
      cause,
    },
  );
}

class AppendFile implements LogFile {
  readonly #path: string;
  #handle: FileHandle | null = null;
  #opened: Promise<void> | null = null;
  #idle: NodeJS.Timeout | null = null;
  #seq = 0;
  #size = 0;
  #torn = false;
  #queue: Buffer[] = [];
  #queued = 0;
  #writing: Promise<void> | null = null;
  #waiting: (() => void)[] = [];
  #error: RunbookError | null = null;
  #lost: unknown = null;
  failures = 0;

  constructor(path: string) {
    this.#path = path;
  }

  get size(): number {
    return this.#size + this.#queued;
  }

  open(): Promise<void> {
    this.#opened ??= this.#find().catch((error: unknown) => {
      this.#opened = null;
      throw unwritable(this.#path, error);
    });
    return this.#opened;
  }

  async #find(): Promise<void> {
    const end = await endOf(await this.#use());
    this.#seq = Math.max(this.#seq, end.seq);
    this.#size = end.size;
    this.#torn = end.torn;
  }

  /** Opens the file where it is closed, and closes it again when nothing is written for a while. */
  async #use(): Promise<FileHandle> {
    this.#handle ??= await this.#create();
    this.#idle ??= setTimeout(() => {
      this.#idle = null;
      if (this.#writing === null) this.#release();
    }, idleMs).unref();
    return this.#handle;
  }

  async #create(): Promise<FileHandle> {
    await makeFolder(dirname(this.#path));
    return await open(this.#path, 'a+', 0o600);
  }

  /** Every write was answered before, so a close that fails loses nothing. */
  #release(): void {
    this.#handle?.close().catch(() => undefined);
    this.#handle = null;
  }

  append(entry: NewEntry): number {
    const seq = ++this.#seq;
    const line = Buffer.from(formatLogLine({ ...entry, seq }));
    this.#queue.push(line);
    this.#queued += line.length;
    this.#writing ??= this.#drain();
    return seq;
  }

  room(): Promise<void> | undefined {
    if (this.#queued < highWater) return undefined;
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  lost(): RunbookError {
    return unwritable(this.#path, this.#lost);
  }

  async flush(): Promise<void> {
    while (this.#writing !== null) await this.#writing;
    if (this.#error !== null) throw this.#error;
  }

  async #drain(): Promise<void> {
    // One tick, so that entries queued together are written together.
    await Promise.resolve();
    while (this.#queue.length > 0) {
      const batch = this.#queue;
      this.#queue = [];
      const bytes = Buffer.concat(this.#torn ? [Buffer.from('\n'), ...batch] : batch);
      try {
        await this.#write(bytes);
        this.#error = null;
      } catch (error) {
        this.failures++;
        this.#lost = error;
        this.#error = this.lost();
        this.#release(); // a disk that was mounted anew needs a new handle
      }
      this.#queued -= batch.reduce((sum, line) => sum + line.length, 0);
      for (const resolve of this.#waiting.splice(0)) resolve();
    }
    this.#writing = null;
    // The time to close it came while it was being written.
    if (this.#idle === null) this.#release();
  }

  async #write(bytes: Buffer): Promise<void> {
    const handle = await this.#use();
    let at = 0;
    while (at < bytes.length) {
      // Until the whole batch is there, its last line is not: the next batch starts a new one.
      const { bytesWritten } = await handle.write(bytes, at);
      at += bytesWritten;
      this.#size += bytesWritten;
      this.#torn = at < bytes.length && bytes[at - 1] !== 0x0a;
    }
  }

  async close(): Promise<void> {
    while (this.#writing !== null) await this.#writing;
    if (this.#idle !== null) clearTimeout(this.#idle);
    this.#idle = null;
    this.#release();
  }
}

/** A log file at `path`, made with its folders when it is first opened. */
export function createLogFile(path: string): LogFile {
  return new AppendFile(path);
}
