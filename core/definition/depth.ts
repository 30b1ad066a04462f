/** The most levels of a file that the engine reads. */
export const maxDepth = 64;

/**
 * Where brackets (by `levels`) or indentation go too deep, estimated before anything is parsed: deep nesting
 * exhausts a parser's stack, and with bad luck ends the whole process. An offset, or null.
 */
export function tooDeep(text: string, levels: number): number | null {
  let depth = 0;
  for (let offset = 0; offset < text.length; offset += 1) {
    const c = text[offset];
    if (c === '[' || c === '{') depth += 1;
    else if (c === ']' || c === '}') depth = Math.max(0, depth - 1);
    if (depth > levels) return offset;
  }
  return (/^(?: *- ){65,}/m.exec(text) ?? /^ {260,}\S/m.exec(text))?.index ?? null;
}

/** True where a value is nested deeper than so many levels; one that holds itself is. */
export function deeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((inner) => deeper(inner, levels - 1));
}
