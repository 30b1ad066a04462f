/** Something wrong in a file, with its place. */
export interface Problem {
  readonly file: string;
  /** 1-based; 0 where the file as a whole is meant. */
  readonly line: number;
  readonly column: number;
  /** Path of the value, such as `steps.4.timeout`; empty for the whole file. */
  readonly path: string;
  /** What is wrong. */
  readonly message: string;
  /** The nearest valid name or another way out; null when none is known. */
  readonly hint: string | null;
}

/** Something wrong, with its path below whatever was looked at: where that stands, the one who looks knows. */
export interface ProblemBelow {
  readonly path: readonly (string | number)[];
  readonly message: string;
  readonly hint: string | null;
}

/** One line for people: `file:line:column path: what (hint)`. */
export function formatProblem(problem: Problem): string {
  const place =
    problem.line === 0 ? problem.file : `${problem.file}:${problem.line}:${problem.column}`;
  const path = problem.path === '' ? '' : ` ${problem.path}`;
  const hint = problem.hint === null ? '' : ` (${problem.hint})`;
  return `${place}${path}: ${problem.message}${hint}`;
}

/** A problem at an offset of a text that was not read. */
export function problemAt(file: string, text: string, offset: number, message: string): Problem {
  const before = text.slice(0, offset);
  const column = offset - before.lastIndexOf('\n');
  return { file, line: before.split('\n').length, column, path: '', message, hint: null };
}
