/** Optimal string alignment distance: insertions, deletions, substitutions and swaps of neighbours. */
function distance(a: string, b: string): number {
  const rows: number[][] = [];
  for (let i = 0; i <= a.length; i += 1) {
    const row: number[] = [];
    rows.push(row);
    for (let j = 0; j <= b.length; j += 1) {
      if (i === 0 || j === 0) {
        row.push(i + j);
        continue;
      }
      const cost = a[i - 1] === b[j - 1] ? 0 : 1;
      let best = Math.min(
        (rows[i - 1]?.[j] ?? 0) + 1,
        (row[j - 1] ?? 0) + 1,
        (rows[i - 1]?.[j - 1] ?? 0) + cost,
      );
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        best = Math.min(best, (rows[i - 2]?.[j - 2] ?? 0) + 1);
      }
      row.push(best);
    }
  }
  return rows[a.length]?.[b.length] ?? 0;
}

/** The valid name that a wrong one was most likely meant to be; null when none is near. */
export function nearest(wrong: string, valid: Iterable<string>): string | null {
  let best: string | null = null;
  // Of a short name half may be wrong, of a longer one a third: else everything is near everything.
  let least = (wrong.length < 4 ? 1 : Math.max(2, Math.floor(wrong.length / 3))) + 1;
  for (const name of valid) {
    if (Math.abs(name.length - wrong.length) >= least) continue;
    const d = distance(wrong.toLowerCase(), name.toLowerCase());
    if (d < least) {
      least = d;
      best = name;
    }
  }
  return best;
}

/** Hint for a wrong name: the nearest one, else all of them where they are few. */
export function didYouMean(wrong: string, valid: Iterable<string>): string | null {
  const names = [...valid];
  const near = nearest(wrong, names);
  if (near !== null) return `did you mean '${near}'?`;
  if (names.length === 0 || names.length > 12) return null;
  return `valid: ${names.join(', ')}`;
}
