import { formatProblem, type Problem } from '../../core/definition/problem.js';
import { line, span, type Line } from './line.js';
import type { Glyphs } from './glyphs.js';
import { oneLine } from './width.js';
import { visibleText } from '../../core/run/log.js';

/** An error as a command tells it. */
export interface Trouble {
  readonly code: string;
  readonly message: string;
  readonly hint: string | null;
  readonly problems: readonly Problem[];
}

/** What, where, why, and what next. */
export function errorView(trouble: Trouble, glyphs: Glyphs): Line[] {
  const [first = '', ...rest] = visibleText(trouble.message).split('\n');
  return [
    ...trouble.problems.map((problem) => line(visibleText(formatProblem(problem)))),
    [span('error: ', 'bad'), span(first)],
    ...rest.map((text) => line(`  ${text}`)),
    ...(trouble.hint === null ? [] : [line(`  ${glyphs.arrow} ${oneLine(trouble.hint)}`)]),
    line(`  docs/errors/${trouble.code}.md`, 'dim'),
  ];
}
