import { hasExpression } from '../run/template.js';
import type { ProblemBelow } from './problem.js';

/**
 * Whether a list is a command in which values are spliced into a shell's program text, the classic injection; null
 * where it is not.
 */
export function shellTextProblem(list: readonly unknown[]): ProblemBelow | null {
  const [shell, ...rest] = list;
  if (typeof shell !== 'string' || !/(?:^|\/)(?:ba|da|z|k|a)?sh$/.test(shell)) return null;
  const at = rest.findIndex((word) => typeof word === 'string' && /^-[a-z]*c$/.test(word));
  const script = rest[at + 1];
  if (at < 0 || typeof script !== 'string' || !hasExpression(script)) return null;
  return {
    path: [at + 2],
    message: 'an expression inside a shell program',
    hint: `pass it as an argument: ["sh", "-c", "… \\"$1\\"", "step", "\${{ … }}"]`,
  };
}
