import { line, span, type Line, type Span } from './line.js';
import { fitLine, oneLine, pad, width } from './width.js';

/** A column of a table. */
export interface Column<T> {
  readonly title: string;
  readonly cell: (row: T) => Span | string;
  /** The most columns it may take; as wide as its widest cell unless told. */
  readonly max?: number;
}

function asSpan(cell: Span | string): Span {
  const piece = typeof cell === 'string' ? span(cell) : cell;
  return { ...piece, text: oneLine(piece.text) };
}

/** Rows in aligned columns under their titles; the last column takes what is left of the width. */
export function table<T>(rows: readonly T[], columns: readonly Column<T>[], total: number): Line[] {
  const cells = rows.map((row) => columns.map((column) => asSpan(column.cell(row))));
  const used = columns.map((_column, at) => cells.some((row) => row[at]?.text !== '') || at === 0);
  const widths = columns.map((column, at) => {
    const widest = Math.max(width(column.title), ...cells.map((row) => width(row[at]?.text ?? '')));
    return Math.min(widest, column.max ?? Number.POSITIVE_INFINITY);
  });
  const last = used.lastIndexOf(true);
  const layout = (row: readonly Span[]): Line =>
    fitLine(
      row.flatMap((piece, at) => {
        if (used[at] !== true) return [];
        const text = at === last ? piece.text : `${pad(piece.text, widths[at] ?? 0)}  `;
        return [{ ...piece, text }];
      }),
      total,
    );
  return [layout(columns.map((column) => span(column.title, 'dim'))), ...cells.map(layout)];
}

/** Pairs of a name and a text, the names in a column. */
export function pairs(rows: readonly (readonly [string, string])[], columns: number): Line[] {
  const widest = Math.max(0, ...rows.map(([name]) => width(name)));
  return rows.map(([name, text]) =>
    text === ''
      ? line(`  ${name}`)
      : fitLine([span(`  ${pad(name, widest)}  `), span(oneLine(text), 'dim')], columns),
  );
}
