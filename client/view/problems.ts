import { formatProblem, type Problem } from '../../core/definition/problem.js';
import { visibleText } from '../../core/run/log.js';
import type { Glyphs } from './glyphs.js';
import { line, span, type Line } from './line.js';

/** Problems in files, one per line, as editors and people read them. */
export function problemLines(problems: readonly Problem[]): Line[] {
  return problems.map((problem) => line(visibleText(formatProblem(problem))));
}

/** What a check of files came to. */
export function verdictLine(files: number, problems: number, glyphs: Glyphs): Line {
  const of = `${files} ${files === 1 ? 'file' : 'files'}`;
  if (problems === 0) return [span(`${glyphs.done} `, 'good'), span(`${of}, no problems`)];
  const count = `${problems} ${problems === 1 ? 'problem' : 'problems'}`;
  return [span(`${glyphs.failed} `, 'bad'), span(`${count} in ${of}`)];
}
