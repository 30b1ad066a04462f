import type { Comparison, Outcome, Row } from './benchmark.js';
import { median, ratio } from './stats.js';

function number(value: number): string {
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return value.toFixed(digits);
}

function cells(row: Row): string[] {
  const { what, values, unit, target } = row;
  return [
    what,
    `${number(median(values))} ${unit}`,
    `${number(Math.min(...values))} to ${number(Math.max(...values))}`,
    target === null ? '' : `≤ ${target} ${unit}`,
  ];
}

function ratioCells({ what, over, under, target, least }: Comparison): string[] {
  const { value, low, high } = ratio(over, under);
  return [
    what,
    `${number(value)}x`,
    `${number(low)} to ${number(high)}`,
    least !== undefined ? `≥ ${least}x` : target === null ? '' : `≤ ${target}x`,
  ];
}

function table(head: readonly string[], rows: readonly string[][]): string[] {
  const all = [head, ...rows];
  const widths = head.map((_, at) => Math.max(...all.map((row) => (row[at] ?? '').length)));
  const line = (row: readonly string[]): string =>
    `| ${row.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join(' | ')} |`;
  const rule = `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`;
  return [line(head), rule, ...rows.map(line)];
}

/** An outcome as Markdown. */
export function outcomeText({ rows, ratios, notes }: Outcome): string {
  // What was left out, as the peers can be, has no line.
  const measured = rows.filter(({ values }) => values.length > 0);
  const compared = ratios.filter(({ over, under }) => over.length > 0 && under.length > 0);
  return [
    ...table(['Measured', 'Median', 'Rounds', 'Target'], measured.map(cells)),
    ...(compared.length === 0
      ? []
      : ['', ...table(['Ratio', 'Medians', '95 % interval', 'Target'], compared.map(ratioCells))]),
    ...(notes.length === 0 ? [] : ['', ...notes.map((note) => `- ${note}`)]),
  ].join('\n');
}
