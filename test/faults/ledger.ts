import { existsSync, readFileSync } from 'node:fs';

/** What a target says of itself; see target.sh. */
export const words = ['start', 'end', 'stopped', 'beside'] as const;
export type Word = (typeof words)[number];

/** One line of the ledger. */
export interface Mark {
  readonly run: string;
  readonly step: string;
  readonly verb: 'apply' | 'undo';
  readonly attempt: number;
  /** Number of the attempt as the wrapper on the target has it; null where it has recorded none. */
  readonly fence: number | null;
  readonly pid: number;
  readonly word: Word;
}

/** A line of the ledger. @throws Error where it is none: then the harness itself is broken. */
export function parseMark(line: string): Mark {
  const found = /^(\S+) (\S+) (apply|undo) (\d+) (\d+|-) (\d+) (start|end|stopped|beside)$/.exec(
    line,
  );
  if (found === null) throw new Error(`not a line of the ledger: ${line}`);
  const [, run = '', step = '', verb = '', attempt, fence, pid, word = ''] = found;
  return {
    run,
    step,
    verb: verb as Mark['verb'],
    attempt: Number(attempt),
    fence: fence === '-' ? null : Number(fence),
    pid: Number(pid),
    word: word as Word,
  };
}

/**
 * The ledger in a file, oldest first; nothing where nothing has begun yet. A line that crosses from one page of the file
 * into the next may be seen by halves while it is being written: it counts once it has its end.
 */
export function readLedger(path: string): readonly Mark[] {
  if (!existsSync(path)) return [];
  const lines = readFileSync(path, 'utf8').split('\n');
  return lines.slice(0, -1).map(parseMark);
}
