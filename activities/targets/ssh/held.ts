import { randomBytes } from 'node:crypto';
import { PassThrough, Readable } from 'node:stream';
import { quoteLine } from '../quote.js';
import { heldScript } from '../scripts.js';
import type { Exit, Process } from '../shell.js';
import { within } from './deadline.js';

/** Longer commands have a session of their own: not every sh takes lines of any length at ease. */
export const maxHeldBytes = 16 * 1024;

/** Where the beginning of the command is looked for: behind what the login shell may print. */
const headBytes = 4096;
/** The line of the script before a command begins, or cannot; with the process group. */
const begins = /\u001e[0-9a-f]{16} (?:missing|run - (\d+) )/;
/** A shell that does not begin within this time is left to itself, ms. */
const beginMs = 5_000;

/** One stream of the shell, as a stream of the command that is running in it. */
class Tap extends Readable {
  readonly #source: Readable;

  constructor(source: Readable) {
    super({ highWaterMark: 256 * 1024 });
    this.#source = source;
  }

  override _read(): void {
    this.#source.resume();
  }

  give(bytes: Buffer): void {
    if (bytes.length > 0 && !this.push(bytes)) this.#source.pause();
  }
}

/** Passes the bytes of a command on until the line that ends them; that line may come in pieces. */
class Frame {
  readonly tap: Tap;
  readonly #lead: Buffer;
  readonly #ended: (words: string) => void;
  #held = Buffer.alloc(0);
  #head = '';
  #began: (whole: boolean) => void = () => undefined;
  open = true;
  /** Settles when the command begins; false where the shell is busy. */
  readonly begun = new Promise<boolean>((resolve) => {
    this.#began = resolve;
  });

  constructor(source: Readable, mark: string, ended: (words: string) => void) {
    this.tap = new Tap(source);
    this.#lead = Buffer.from(`\u001e${mark} end`);
    this.#ended = ended;
  }

  take(chunk: Buffer): void {
    const bytes = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk]);
    const at = bytes.indexOf(this.#lead);
    if (at === -1) {
      // Only what begins like the last line has to wait for more.
      const from = Math.max(0, bytes.length - this.#lead.length + 1);
      const start = bytes.indexOf(0x1e, from);
      const keep = start === -1 ? bytes.length : start;
      this.#give(bytes.subarray(0, keep));
      this.#held = Buffer.from(bytes.subarray(keep));
      if (begins.test(this.#head)) this.#began(true);
      return;
    }
    this.#give(bytes.subarray(0, at));
    const end = bytes.indexOf(0x0a, at);
    this.#held = Buffer.from(bytes.subarray(at));
    if (end === -1) return;
    this.#finish(bytes.toString('utf8', at + this.#lead.length, end).trim());
  }

  #give(bytes: Buffer): void {
    if (this.#head.length < headBytes) {
      this.#head += bytes.toString('latin1', 0, headBytes - this.#head.length);
    }
    this.tap.give(bytes);
  }

  /** Process group of the command; null where none was seen to begin. */
  group(): string | null {
    return begins.exec(this.#head)?.[1] ?? null;
  }

  #finish(words: string): void {
    this.#began(words !== 'busy');
    this.open = false;
    this.tap.push(null);
    this.#ended(words);
  }

  /** The shell is gone: what came, came. */
  cut(): void {
    if (!this.open) return;
    this.open = false;
    this.tap.give(this.#held);
    this.tap.push(null);
  }
}

interface Current {
  readonly stdout: Frame;
  readonly stderr: Frame;
}

/**
 * A shell on a host that is kept open for commands that only read, one after the other: one round trip
 * each instead of two, and no login shell to start.
 */
export class HeldShell {
  readonly #process: Process;
  readonly #onIdle: () => void;
  #current: Current | null = null;
  /** Output of the last command. */
  #last: Frame | null = null;
  #told = false;
  /** True where not even the first command began: what is wrong is the login shell. */
  unfit = false;
  #closed = false;

  constructor(process: Process, onIdle: () => void) {
    this.#process = process;
    this.#onIdle = onIdle;
    process.stdin.on('error', () => this.close());
    process.stdout.on('data', (chunk: Buffer) => this.#take('stdout', chunk));
    process.stderr.on('data', (chunk: Buffer) => this.#take('stderr', chunk));
  }

  get closed(): boolean {
    return this.#closed;
  }

  get idle(): boolean {
    return this.#current === null && !this.#closed;
  }

  #take(kind: 'stdout' | 'stderr', chunk: Buffer): void {
    const frame = this.#current?.[kind];
    if (frame?.open === true) frame.take(chunk);
    // Something that an earlier command left behind writes here: it must not mix with the next one.
    else if (this.#told) this.close();
  }

  /**
   * Runs the read-only script with these arguments; `mark` is the first of them. Null where the shell
   * ended before the command began, or does not begin.
   */
  async run(
    args: readonly string[],
    { lost, signal }: { readonly lost: () => Exit['lost']; readonly signal: AbortSignal },
  ): Promise<Process | null> {
    const mark = randomBytes(16).toString('hex');
    const group = this.#last?.group() ?? '';
    let finished: (code: number) => void = () => undefined;
    const code = new Promise<number>((resolve) => {
      finished = resolve;
    });
    const settle = (): void => {
      if (current.stdout.open || current.stderr.open) return;
      this.#current = null;
      if (current.stdout.group() === null) this.close();
      if (!this.#closed) this.#onIdle();
    };
    const current: Current = {
      stdout: new Frame(this.#process.stdout, mark, (words) => {
        finished(Number(words));
        settle();
      }),
      stderr: new Frame(this.#process.stderr, mark, settle),
    };
    this.#current = current;
    this.#last = current.stdout;
    const gone = this.#process.exit.then((exit): Exit => {
      this.#closed = true;
      current.stdout.cut();
      current.stderr.cut();
      return { code: null, lost: exit.lost ?? lost() };
    });
    const command = `r ${quoteLine(args)} </dev/null; e $? ${mark}`;
    // What the last command left behind could write into the output of this one.
    const line =
      group === '' ? command : `kill -0 -${group} 2>/dev/null && e busy ${mark} || { ${command}; }`;
    const fresh = !this.#told;
    this.#process.stdin.write(this.#told ? `${line}\n` : `${heldScript}${line}\n`);
    this.#told = true;
    const { begun, tap } = current.stdout;
    const first = Promise.race([begun, gone.then(() => false)]);
    // Busy, gone, slow or cancelled: whoever asked goes on without it, and throws the signal's reason.
    const slow = (): Error => new Error('the login shell is slow');
    if (!(await within(first, beginMs, slow, signal).catch(() => false))) {
      this.unfit = fresh && !signal.aborted;
      this.close();
      return null;
    }
    return {
      stdin: new PassThrough().resume(),
      stdout: tap,
      stderr: current.stderr.tap,
      exit: Promise.race([code.then((code): Exit => ({ code, lost: null })), gone]),
      // Once it has ended, the shell may be at work for another.
      abandon: () => {
        if (this.#current === current) this.close();
      },
    };
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#process.abandon();
  }
}
