/** Keeps the beginning of a stream. */
export interface Capture {
  add(chunk: Buffer): void;
  bytes(): Buffer;
  /** Decoded as UTF-8; invalid bytes become U+FFFD. */
  text(): string;
  readonly truncated: boolean;
}

class Head implements Capture {
  readonly #limit: number;
  #chunks: Buffer[] = [];
  #kept = 0;
  #seen = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  add(chunk: Buffer): void {
    this.#seen += chunk.length;
    const part = chunk.subarray(0, this.#limit - this.#kept);
    if (part.length === 0) return;
    // A copy: the chunk may be a window on a much larger buffer.
    this.#chunks.push(Buffer.from(part));
    this.#kept += part.length;
  }

  bytes(): Buffer {
    return Buffer.concat(this.#chunks);
  }

  text(): string {
    return this.bytes().toString('utf8');
  }

  get truncated(): boolean {
    return this.#seen > this.#kept;
  }
}

/** A capture of at most `limit` bytes. */
export function createCapture(limit: number): Capture {
  return new Head(limit);
}

/** The end of a stream: for messages, which show its last line. */
export interface Tail {
  add(chunk: Buffer): void;
  /** The last 4 KiB. */
  text(): string;
  /** The last line that is not blank; empty where there is none. */
  lastLine(): string;
}

const tailBytes = 4096;

export function createTail(): Tail {
  let kept = Buffer.alloc(0);
  return {
    add: (chunk) => {
      kept =
        chunk.length >= tailBytes
          ? Buffer.from(chunk.subarray(-tailBytes))
          : Buffer.concat([kept, chunk]).subarray(-tailBytes);
    },
    text: () => kept.toString('utf8'),
    lastLine: () =>
      kept
        .toString('utf8')
        .split(/[\r\n]+/)
        .map((line) => line.trim())
        .filter((line) => line !== '')
        .at(-1) ?? '',
  };
}
