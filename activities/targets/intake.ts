/** Bytes of a login shell's own output that are kept, to be shown when it never came to the command. */
const keptNoise = 2048;

/** Reads one stream of a script: what the login shell printed, lines meant for us, then the command's bytes. */
export interface Intake {
  /** Takes a chunk; answers what the command printed, null where none of it is. */
  push(chunk: Buffer): Buffer | null;
  /** True once the command's own output may come. */
  readonly open: boolean;
  /** What came before, for a person to read. */
  noise(): string;
}

class MarkedIntake implements Intake {
  readonly #lead: Buffer;
  readonly #line: (words: string) => boolean;
  #held = Buffer.alloc(0);
  #noise = Buffer.alloc(0);
  open = false;

  constructor(mark: string, line: (words: string) => boolean) {
    this.#lead = Buffer.from(`\u001e${mark}`);
    this.#line = line;
  }

  push(chunk: Buffer): Buffer | null {
    if (this.open) return chunk;
    let bytes = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk]);
    for (;;) {
      const at = bytes.indexOf(this.#lead);
      if (at === -1) {
        // The mark could be cut in two: its beginning stays for the next chunk.
        const keep = Math.min(bytes.length, this.#lead.length - 1);
        this.#drop(bytes.subarray(0, bytes.length - keep));
        this.#held = Buffer.from(bytes.subarray(bytes.length - keep));
        return null;
      }
      const end = bytes.indexOf(0x0a, at);
      this.#drop(bytes.subarray(0, at));
      if (end === -1) {
        this.#held = Buffer.from(bytes.subarray(at));
        return null;
      }
      this.open = this.#line(bytes.toString('utf8', at + this.#lead.length, end).trim());
      bytes = bytes.subarray(end + 1);
      if (this.open) return bytes.length === 0 ? null : bytes;
    }
  }

  #drop(bytes: Buffer): void {
    if (bytes.length > 0) this.#noise = Buffer.concat([this.#noise, bytes]).subarray(-keptNoise);
  }

  noise(): string {
    const bytes = this.open ? this.#noise : Buffer.concat([this.#noise, this.#held]);
    return bytes.toString('utf8').trim();
  }
}

/**
 * An intake for the stream of a script that was given `mark`. `line` gets the words of each of its
 * lines, and answers whether the command's own output begins after it.
 */
export function createIntake(mark: string, line: (words: string) => boolean): Intake {
  return new MarkedIntake(mark, line);
}
