import type { z } from 'zod';
import { hasExpression } from '../run/template.js';
import type { Problem, ProblemBelow } from './problem.js';
import { parseWith } from './schema.js';

type Path = readonly (string | number)[];

/** Stands in for a value that only an expression will give. */
const pending = '\u0000pending';

function replaced(value: unknown, path: Path, at: Path[]): unknown {
  if (typeof value === 'string' && hasExpression(value)) {
    at.push(path);
    return pending;
  }
  if (Array.isArray(value)) return value.map((item, i) => replaced(item, [...path, i], at));
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [key, replaced(item, [...path, key], at)]),
    );
  }
  return value;
}

/** True when one path lies on the way to the other. */
function related(a: Path, b: Path): boolean {
  const length = Math.min(a.length, b.length);
  return a.slice(0, length).every((key, i) => key === b[i]);
}

/** Checks what is written as an action's input, leaving out what expressions will give. */
export class InputChecker {
  readonly #schema: z.ZodType;

  constructor(schema: z.ZodType) {
    this.#schema = schema;
  }

  check(written: unknown): ProblemBelow[] {
    const open: Path[] = [];
    const value = replaced(written, [], open);
    const paths: Path[] = [];
    const result = parseWith(this.#schema, value, (path, message, hint): Problem => {
      paths.push(path);
      return { file: '', line: 0, column: paths.length, path: path.join('.'), message, hint };
    });
    if ('value' in result) return [];
    return result.problems.flatMap((problem) => {
      const path = paths[problem.column - 1] ?? [];
      // An issue at or above an open value may come from its stand-in; names and absences never do.
      const sure =
        problem.message.startsWith('unknown key') || problem.message.endsWith('is missing');
      if (!sure && open.some((at) => related(at, path))) return [];
      return [{ path, message: problem.message, hint: problem.hint }];
    });
  }
}
