import { visibleText } from '../../core/run/log.js';
import type { Line, Span } from './line.js';

/** Ranges of code points that take two columns: Unicode 16, East Asian wide and full width, and pictures. */
const wide: readonly (readonly [number, number])[] = [
  [0x1100, 0x115f],
  [0x231a, 0x231b],
  [0x23e9, 0x23ec],
  [0x25fd, 0x25fe],
  [0x2614, 0x2615],
  [0x2648, 0x2653],
  [0x26a1, 0x26a1],
  [0x26d4, 0x26d4],
  [0x2705, 0x2705],
  [0x274c, 0x274c],
  [0x2753, 0x2755],
  [0x2795, 0x2797],
  [0x2b1b, 0x2b1c],
  [0x2b50, 0x2b50],
  [0x2e80, 0x303e],
  [0x3041, 0x33ff],
  [0x3400, 0x4dbf],
  [0x4e00, 0x9fff],
  [0xa000, 0xa4cf],
  [0xa960, 0xa97c],
  [0xac00, 0xd7a3],
  [0xf900, 0xfaff],
  [0xfe30, 0xfe6f],
  [0xff00, 0xff60],
  [0xffe0, 0xffe6],
  [0x16fe0, 0x18dff],
  [0x1aff0, 0x1b2ff],
  [0x1f004, 0x1f004],
  [0x1f0cf, 0x1f0cf],
  [0x1f18e, 0x1f19a],
  [0x1f200, 0x1f265],
  [0x1f300, 0x1f64f],
  [0x1f680, 0x1f6ff],
  [0x1f7e0, 0x1f7eb],
  [0x1f90c, 0x1f9ff],
  [0x1fa70, 0x1faff],
  [0x20000, 0x3fffd],
];

const plain = /^[\u0020-\u007e]*$/;
const nothing = /^[\p{Mn}\p{Me}\p{Cf}\p{Cc}]$/u;

function columnsOf(char: string): number {
  const code = char.codePointAt(0) ?? 0;
  if (code < 0x300) return code >= 0x20 && (code < 0x7f || code >= 0xa0) ? 1 : 0;
  if (nothing.test(char)) return 0;
  return wide.some(([from, to]) => code >= from && code <= to) ? 2 : 1;
}

/** Columns that a text takes on a terminal. */
export function width(text: string): number {
  if (plain.test(text)) return text.length;
  let columns = 0;
  for (const char of text) columns += columnsOf(char);
  return columns;
}

/** The beginning of a text that fits into so many columns, with `…` where something was left out. */
export function fit(text: string, columns: number): string {
  if (width(text) <= columns) return text;
  if (columns < 1) return '';
  let used = 0;
  let kept = '';
  for (const char of text) {
    used += columnsOf(char);
    if (used > columns - 1) break;
    kept += char;
  }
  return `${kept}…`;
}

/** A text with blanks behind it up to so many columns, cut where it is longer. */
export function pad(text: string, columns: number): string {
  const fitted = fit(text, columns);
  return fitted + ' '.repeat(Math.max(0, columns - width(fitted)));
}

/** A text with blanks before it up to so many columns. */
export function padLeft(text: string, columns: number): string {
  return ' '.repeat(Math.max(0, columns - width(text))) + text;
}

/** A line cut to so many columns. */
export function fitLine(pieces: Line, columns: number): Line {
  const kept: Span[] = [];
  let left = columns;
  for (const piece of pieces) {
    const needed = width(piece.text);
    if (needed <= left) {
      kept.push(piece);
      left -= needed;
      continue;
    }
    if (left > 0) kept.push({ ...piece, text: fit(piece.text, left) });
    break;
  }
  return kept;
}

/** Breaks a text into lines of at most so many columns, at blanks where there are any; at most `max` lines. */
export function wrap(text: string, columns: number, max = Number.POSITIVE_INFINITY): string[] {
  const lines: string[] = [];
  for (const paragraph of text.split('\n')) {
    let current = '';
    for (const word of paragraph.split(' ').flatMap((long) => chop(long, columns))) {
      const joined = current === '' ? word : `${current} ${word}`;
      if (width(joined) <= columns) current = joined;
      else {
        lines.push(current);
        current = word;
      }
    }
    lines.push(current);
  }
  if (lines.length <= max) return lines;
  const kept = lines.slice(0, max);
  kept[max - 1] = `${fit(kept[max - 1] ?? '', columns - 1)}…`.replace('……', '…');
  return kept;
}

function chop(word: string, columns: number): string[] {
  if (width(word) <= columns) return [word];
  const parts: string[] = [];
  let part = '';
  let used = 0;
  for (const char of word) {
    const needed = columnsOf(char);
    if (used + needed > columns) {
      parts.push(part);
      part = '';
      used = 0;
    }
    part += char;
    used += needed;
  }
  return [...parts, part];
}

/** Text from outside as one line for a screen: control characters become visible, line breaks become blanks. */
export function oneLine(text: string): string {
  return visibleText(text.replace(/[\n\t]+/g, ' ')).trim();
}
