import type { Line } from '../view/line.js';
import { textOf } from '../view/line.js';
import { width } from '../view/width.js';
import { toText, type Output } from './output.js';

/** A part of the terminal that is drawn again and again. */
export interface Live {
  /** Draws it anew. */
  draw(lines: readonly Line[]): void;
  /** Takes it away. */
  clear(): void;
  readonly columns: number;
  readonly rows: number;
}

/** Rows that lines take on a terminal that wraps them at so many columns. */
export function wrappedRows(lines: readonly Line[], columns: number): number {
  return lines.reduce(
    (rows, pieces) => rows + Math.max(1, Math.ceil(width(textOf(pieces)) / columns)),
    0,
  );
}

/** A live part on a terminal. Drawn in one write, only what has changed: no flicker. */
export async function createLive(output: Output): Promise<Live> {
  const { createLogUpdate } = await import('log-update');
  const update = createLogUpdate(output.stream as NodeJS.WriteStream);
  let shown: readonly Line[] = [];
  let shownAt = output.columns;
  const screenRows = (): number => output.stream.rows ?? 24;
  return {
    get columns() {
      return output.columns;
    },
    get rows() {
      return screenRows();
    },
    draw(lines) {
      if (output.columns < shownAt && shown.length > 0) {
        // Terminals break the old lines anew when they get narrower: they take more rows than were drawn.
        const rows = Math.min(wrappedRows(shown, output.columns), screenRows() - 1);
        output.stream.write(`\u001b[${rows}A\r\u001b[J`);
        update.done();
      }
      shown = lines;
      shownAt = output.columns;
      update(toText(lines, output.colour));
    },
    clear() {
      update.clear();
      update.done();
      shown = [];
    },
  };
}
