const encoder = new TextEncoder();

/** Bytes of a text in UTF-8. */
export function utf8Bytes(text: string): number {
  return encoder.encode(text).length;
}

/** Bytes of a value as JSON in UTF-8: what it takes in a run's history. */
export function jsonBytes(value: unknown): number {
  return utf8Bytes(JSON.stringify(value) ?? '');
}

/**
 * The beginning of a text: whole code points, at most `max` bytes of UTF-8, with `…` where something
 * was left out. `size` measures: {@link utf8Bytes} unless told, or {@link jsonBytes} for text that
 * may be full of characters that JSON escapes.
 */
export function excerpt(
  text: string,
  max: number,
  size: (text: string) => number = utf8Bytes,
): string {
  // Nothing takes less than a byte: a text of megabytes is not measured.
  if (text.length <= max && size(text) <= max) return text;
  // No code point takes less than a byte, so nothing behind the first `max` of them can matter.
  const points = Array.from(text.slice(0, 2 * max)).slice(0, max);
  let low = 0;
  let high = points.length;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (size(`${points.slice(0, middle).join('')}…`) <= max) low = middle;
    else high = middle - 1;
  }
  return `${points.slice(0, low).join('')}…`;
}

/**
 * Text of a tool made safe to show: no colour codes, no control characters but newline and tab, no
 * blanks at the end.
 */
export function plainText(text: string): string {
  return text
    .replace(/\u001b\[[0-?]*[ -/]*[@-~]/g, '')
    .replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, '')
    .trimEnd();
}

/** The first items of a list that take at most `max` bytes as JSON, and how many are left out. */
export function fitting<T>(
  items: readonly T[],
  max: number,
): { readonly kept: T[]; readonly more: number } {
  let count = items.length;
  while (count > 0 && jsonBytes(items.slice(0, count)) > max) count -= 1;
  return { kept: items.slice(0, count), more: items.length - count };
}
