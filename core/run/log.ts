import { verbs, type Verb } from './engine.js';

/**
 * One line of a run's log: a JSON object followed by a newline. Writers append, and never change what
 * is there; `seq` grows strictly within one file, also over restarts of the worker that writes it.
 */
interface EntryBase {
  readonly seq: number;
  /** When it was written, RFC 3339 UTC, by the clock of the worker. */
  readonly at: string;
  /** Path of the step. */
  readonly step: string;
  readonly verb: Verb;
  readonly attempt: number;
  /** Name of the target; null for notes that concern none. */
  readonly target: string | null;
}

/** A command begins. */
export interface CommandEntry extends EntryBase {
  readonly kind: 'command';
  /** A line that an operator could paste on the machine where it runs. */
  readonly text: string;
  /** The same without what leads to the target, such as a network namespace or a kubeconfig; only where that differs. */
  readonly brief?: string;
}

/** A piece of output of the command whose entry has the `seq` in `of`. Exactly one of `text` and `base64`. */
export interface OutputEntry extends EntryBase {
  readonly kind: 'stdout' | 'stderr';
  readonly of: number;
  readonly text?: string;
  /** Bytes that are no valid UTF-8, or are mostly control characters. */
  readonly base64?: string;
}

/** How a command ended. */
export interface CommandEnd {
  /** Null where nobody could learn it: stopped, or the connection was lost. */
  readonly code: number | null;
  readonly durationMs: number;
  /** All bytes that the tool printed, also those that the log does not hold. */
  readonly stdoutBytes: number;
  readonly stderrBytes: number;
  /** Of the raw standard output, before redaction; null where the output is kept out of the log. */
  readonly sha256: string | null;
}

/** The command whose entry has the `seq` in `of` has ended. */
export interface ExitEntry extends EntryBase {
  readonly kind: 'exit';
  readonly of: number;
  readonly exit: CommandEnd;
}

/** Something that a reader of the log should know, such as a leftover that was stopped. */
export interface NoteEntry extends EntryBase {
  readonly kind: 'note';
  readonly of?: number;
  readonly text: string;
}

export type LogEntry = CommandEntry | OutputEntry | ExitEntry | NoteEntry;

type Fields = Readonly<Record<string, unknown>>;

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function hasBase(entry: Fields): boolean {
  return (
    isCount(entry['seq']) &&
    typeof entry['at'] === 'string' &&
    typeof entry['step'] === 'string' &&
    verbs.some((verb) => verb === entry['verb']) &&
    isCount(entry['attempt']) &&
    (entry['target'] === null || typeof entry['target'] === 'string')
  );
}

function isEnd(value: unknown): boolean {
  return (
    isFields(value) &&
    (value['code'] === null || isCount(value['code'])) &&
    typeof value['durationMs'] === 'number' &&
    isCount(value['stdoutBytes']) &&
    isCount(value['stderrBytes']) &&
    (value['sha256'] === null || typeof value['sha256'] === 'string')
  );
}

function hasBody(entry: Fields): boolean {
  const text = typeof entry['text'] === 'string';
  switch (entry['kind']) {
    case 'command':
      return text && (entry['brief'] === undefined || typeof entry['brief'] === 'string');
    case 'note':
      return text && (entry['of'] === undefined || isCount(entry['of']));
    case 'stdout':
    case 'stderr':
      return isCount(entry['of']) && text !== (typeof entry['base64'] === 'string');
    case 'exit':
      return isCount(entry['of']) && isEnd(entry['exit']);
    default:
      return false;
  }
}

/** The entry in one line of a log file (without its newline); null for a line that holds none, such as one torn by a full disk. */
export function parseLogLine(line: string): LogEntry | null {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return null;
  }
  return isFields(value) && hasBase(value) && hasBody(value)
    ? (value as unknown as LogEntry)
    : null;
}

/** True for entries of a step, its targets and what it holds. */
export function belongs(entry: LogEntry, step: string | null): boolean {
  return (
    step === null ||
    entry.step === step ||
    entry.step.startsWith(`${step}/`) ||
    entry.step.startsWith(`${step}[`)
  );
}

/** The line of an entry, with its newline. */
export function formatLogLine(entry: LogEntry): string {
  return `${JSON.stringify(entry)}\n`;
}

const unsafe =
  // Control characters but tab and newline, and what reorders or hides text on a screen.
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;

/**
 * Text of a tool as it may be shown on a terminal: nothing in it moves the cursor, sets colours or
 * reorders the line; such characters become visible as `\x1b` or `\u202e`.
 */
export function visibleText(text: string): string {
  return text.replace(unsafe, (char) => {
    if (char === '\r') return '\\r';
    const code = char.charCodeAt(0);
    return code < 0x100
      ? `\\x${code.toString(16).padStart(2, '0')}`
      : `\\u${code.toString(16).padStart(4, '0')}`;
  });
}
