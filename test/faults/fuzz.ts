import type { Dice } from './dice.js';
import { broken, soundRunbook } from './hostile-files.js';
import { problemsOf } from './loading.js';

/** A file that takes longer than this has found a way to hold up the program, ms. */
const limitMs = 5000;

/** What so many broken files came to. */
export interface Fuzzed {
  readonly files: number;
  readonly refused: number;
  readonly faults: readonly string[];
}

/** What every object has, as it must stay. */
function shape(): string {
  return Object.getOwnPropertyNames(Object.prototype).join(' ');
}

function faultOf(text: string): { fault: string | null; refused: boolean } {
  const before = shape();
  const begun = performance.now();
  try {
    const problems = problemsOf(text);
    const ms = performance.now() - begun;
    const nowhere = problems.find(({ line, column }) => line < 1 || column < 1);
    const refused = problems.length > 0;
    if (ms > limitMs) return { fault: `took ${Math.round(ms)} ms`, refused };
    if (shape() !== before) return { fault: 'has changed Object.prototype', refused };
    if (nowhere !== undefined) return { fault: `has no place: ${nowhere.message}`, refused };
    return { fault: null, refused };
  } catch (error) {
    return { fault: `throws ${String(error)}`, refused: false };
  }
}

/** F18: broken files by seed. Each is refused with line and column, or is sound; none throws or takes long. */
export function fuzzFiles(dice: Dice, count: number): Fuzzed {
  const faults: string[] = [];
  let refused = 0;
  for (let file = 0; file < count; file += 1) {
    const text = broken(soundRunbook, dice);
    const found = faultOf(text);
    if (found.refused) refused += 1;
    if (found.fault !== null) faults.push(`${found.fault}: ${JSON.stringify(text).slice(0, 1500)}`);
  }
  return { files: count, refused, faults };
}
