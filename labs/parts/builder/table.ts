import { formatBytes, formatSeconds } from './progress.js';
import type { PartState } from './state.js';

/** Part, key, state, size and seconds in columns. */
export function formatTable(states: readonly PartState[]): string {
  const rows = states.map(({ part, key, complete, reason, record }) => [
    part,
    key ?? '-',
    complete ? 'complete' : reason,
    record === null ? '-' : formatBytes(record.bytes),
    record === null ? '-' : formatSeconds(record.seconds),
  ]);
  const all = [['PART', 'KEY', 'STATE', 'SIZE', 'TIME'], ...rows];
  const widths =
    all[0]?.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0))) ?? [];
  const lines = all.map((row) =>
    row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  '),
  );
  return `${lines.map((line) => line.trimEnd()).join('\n')}\n`;
}
