import type { Line, Span, Tone } from '../view/line.js';

/** A place that text goes to: standard output or standard error. */
export interface Stream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
  write(text: string): unknown;
  on?(event: 'resize', then: () => void): unknown;
  off?(event: 'resize', then: () => void): unknown;
}

const codes: Readonly<Record<Tone, readonly [number, number]>> = {
  good: [32, 39],
  bad: [31, 39],
  warn: [33, 39],
  busy: [36, 39],
  dim: [2, 22],
  strong: [1, 22],
};

function paint({ text, tone }: Span): string {
  if (tone === undefined || text === '') return text;
  const [on, off] = codes[tone];
  return `\u001b[${on}m${text}\u001b[${off}m`;
}

/** Turns lines into text: with colours, or without. */
export function toText(lines: readonly Line[], colour: boolean): string {
  return lines
    .map((pieces) =>
      pieces
        .map((piece) => (colour ? paint(piece) : piece.text))
        .join('')
        .replace(/ +$/, ''),
    )
    .join('\n');
}

/** Where a command writes what it has to say. */
export interface Output {
  readonly stream: Stream;
  readonly colour: boolean;
  /** Columns to fill; wide where it is no terminal, so that nothing is cut in a file. */
  readonly columns: number;
  /** Writes lines. */
  lines(lines: readonly Line[]): void;
  /** Writes text as it is, with a newline. */
  text(text: string): void;
  /** Writes one JSON value: indented for a document, on one line for a stream. */
  json(value: unknown, form?: 'document' | 'line'): void;
}

/** Whether colours are wanted: on a terminal that has them, unless `NO_COLOR` says otherwise. */
export function wantsColour(
  stream: Stream,
  environment: Readonly<Record<string, string | undefined>>,
): boolean {
  if ((environment['NO_COLOR'] ?? '') !== '') return false;
  return stream.isTTY === true && environment['TERM'] !== 'dumb';
}

/** Text in a pipe or file is not cut to a screen that is not there; tables still need an end. */
const pipeColumns = 160;

/** Output to a stream. */
export function createOutput(stream: Stream, colour: boolean): Output {
  return {
    stream,
    colour,
    get columns() {
      return stream.isTTY === true ? Math.max(40, stream.columns ?? 80) : pipeColumns;
    },
    lines(lines) {
      if (lines.length > 0) stream.write(`${toText(lines, colour)}\n`);
    },
    text(text) {
      stream.write(`${text}\n`);
    },
    json(value, form = 'document') {
      stream.write(`${JSON.stringify(value, null, form === 'document' ? 2 : 0)}\n`);
    },
  };
}

/** Output that is thrown away: for `--quiet`. */
export function silent(like: Output): Output {
  const { stream, colour } = like;
  return {
    stream,
    colour,
    columns: like.columns,
    lines: () => undefined,
    text: () => undefined,
    json: () => undefined,
  };
}

/**
 * A reader that goes away (`runbook logs | head`) ends the program without a word, as it ends any other
 * tool.
 */
export function endOnClosedPipe(stream: NodeJS.WriteStream): void {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    throw error;
  });
}
