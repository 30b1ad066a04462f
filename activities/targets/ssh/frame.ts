import { Readable } from 'node:stream';

/** Where the beginning of the command is looked for: behind what the login shell may print. */
const headBytes = 4096;
/** The line of the script before a command begins, or cannot; with the process group. */
const begins = /\u001e[0-9a-f]{16} (?:missing|run - (\d+) )/;

/** Lines of a command about which the shell says nothing until it has ended: they stand before its first byte. */
export interface Opening {
  /** That it began; asked for when it has. */
  begun(): string;
  /** That there is no such program. */
  readonly missing: string;
}

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
export class Frame {
  readonly tap: Tap;
  readonly #lead: Buffer;
  readonly #ended: (words: string) => void;
  /** What is still to be said before the first byte. */
  #opening: Opening | null;
  #held = Buffer.alloc(0);
  #head = '';
  #began: (whole: boolean) => void = () => undefined;
  open = true;
  /** Settles when the command begins; false where the shell is busy. */
  readonly begun = new Promise<boolean>((resolve) => {
    this.#began = resolve;
  });

  constructor(
    source: Readable,
    mark: string,
    opening: Opening | null,
    ended: (words: string) => void,
  ) {
    this.tap = new Tap(source);
    this.#lead = Buffer.from(`\u001e${mark} end`);
    this.#opening = opening;
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
    if (bytes.length === 0) return;
    if (this.#opening !== null) this.begin();
    if (this.#head.length < headBytes) {
      this.#head += bytes.toString('latin1', 0, headBytes - this.#head.length);
    }
    this.tap.give(bytes);
  }

  /** The command has begun, whether it prints something or not. */
  begin(): void {
    if (!this.open) return;
    this.#open(this.#opening?.begun());
    this.#began(true);
  }

  #open(line = ''): void {
    this.#opening = null;
    this.tap.give(Buffer.from(line));
  }

  /** Process group of the command, where it may leave something behind; null where none was seen to begin. */
  group(): string | null {
    return begins.exec(this.#head)?.[1] ?? null;
  }

  #finish(words: string): void {
    if (words === 'missing') this.#open(this.#opening?.missing);
    else if (words !== 'busy') this.#open(this.#opening?.begun());
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
