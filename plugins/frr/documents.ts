/**
 * Parses JSON values that stand one behind the other, as vtysh prints them for several `-c` and
 * `ip -j -batch` for several lines.
 * @throws SyntaxError where something else stands between them, or one is cut off.
 */
export function jsonDocuments(text: string): unknown[] {
  const documents: unknown[] = [];
  let depth = 0;
  let start = 0;
  for (let at = 0; at < text.length; at += 1) {
    switch (text[at]) {
      case '"':
        at = endOfString(text, at);
        break;
      case '{':
      case '[':
        if (depth === 0) mustBeBlank(text.slice(start, at));
        if (depth === 0) start = at;
        depth += 1;
        break;
      case '}':
      case ']':
        depth -= 1;
        if (depth === 0) {
          documents.push(JSON.parse(text.slice(start, at + 1)));
          start = at + 1;
        }
        break;
      default:
    }
  }
  mustBeBlank(text.slice(start));
  return documents;
}

function endOfString(text: string, from: number): number {
  for (let at = from + 1; at < text.length; at += 1) {
    if (text[at] === '\\') at += 1;
    else if (text[at] === '"') return at;
  }
  throw new SyntaxError('a string without its end');
}

function mustBeBlank(text: string): void {
  if (text.trim() !== '') throw new SyntaxError(`not JSON: ${text.trim().slice(0, 80)}`);
}
