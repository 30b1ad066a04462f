/**
 * Matches a whole text against a pattern with `*` (any characters) and `?` (one). Linear in practice
 * and never exponential: on a mismatch only the last star is widened.
 */
export function glob(text: string, pattern: string): boolean {
  let t = 0;
  let p = 0;
  let star = -1;
  let mark = 0;
  while (t < text.length) {
    if (
      p < pattern.length &&
      (pattern[p] === '?' || (pattern[p] !== '*' && pattern[p] === text[t]))
    ) {
      t += 1;
      p += 1;
    } else if (p < pattern.length && pattern[p] === '*') {
      star = p;
      mark = t;
      p += 1;
    } else if (star >= 0) {
      mark += 1;
      t = mark;
      p = star + 1;
    } else {
      return false;
    }
  }
  while (pattern[p] === '*') p += 1;
  return p === pattern.length;
}
