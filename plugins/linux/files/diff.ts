function linesOf(text: string): string[] {
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines;
}

/**
 * A short difference of two texts for people, in the manner of a unified diff without context:
 * `@@ line 3 @@`, then lines that go (`-`) and lines that come (`+`). Only the region between the first
 * and the last difference is shown; what it leaves out at the end of the text is cut by the caller.
 */
export function shortDiff(from: string, to: string): string {
  if (from === to) return '';
  const [was, is] = [linesOf(from), linesOf(to)];
  let head = 0;
  while (head < was.length && head < is.length && was[head] === is[head]) head += 1;
  let tail = 0;
  while (
    tail < was.length - head &&
    tail < is.length - head &&
    was[was.length - 1 - tail] === is[is.length - 1 - tail]
  ) {
    tail += 1;
  }
  const gone = was.slice(head, was.length - tail).map((line) => `-${line}`);
  const come = is.slice(head, is.length - tail).map((line) => `+${line}`);
  if (gone.length === 0 && come.length === 0) return 'only the newline at the end differs';
  // Pairs of old and new line first, so that a cut text still shows both sides.
  const pairs = Array.from({ length: Math.max(gone.length, come.length) }, (_, index) =>
    [gone[index], come[index]].filter((line) => line !== undefined),
  ).flat();
  return [`@@ line ${head + 1} @@`, ...pairs].join('\n');
}
