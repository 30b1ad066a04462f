/** A piece of a text: literal, or the CEL source between `${{` and `}}`. */
export type Piece =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'cel'; readonly source: string; readonly offset: number };

/** Thrown for a `${{` that is never closed. */
export class TemplateError extends Error {
  readonly offset: number;
  constructor(message: string, offset: number) {
    super(message);
    this.name = 'TemplateError';
    this.offset = offset;
  }
}

/** True for a text with at least one expression in it. */
export function hasExpression(text: string): boolean {
  return text.includes('${{');
}

/** End of a CEL source that starts at `from`: the first `}}` outside of a string literal. */
function endOfSource(text: string, from: number): number {
  let quote: string | null = null;
  for (let i = from; i < text.length; i += 1) {
    const c = text[i];
    if (quote !== null) {
      if (c === '\\') i += 1;
      else if (c === quote) quote = null;
    } else if (c === '"' || c === "'") quote = c;
    else if (c === '}' && text[i + 1] === '}') return i;
  }
  return -1;
}

/**
 * Cuts a text into literals and expressions; `$${{` is a literal `${{`. Offsets count from the start
 * of the text to the first character of the CEL source.
 * @throws TemplateError where an expression is not closed.
 */
export function pieces(text: string): Piece[] {
  const found: Piece[] = [];
  let literal = '';
  let at = 0;
  const flush = (): void => {
    if (literal !== '') found.push({ kind: 'text', text: literal });
    literal = '';
  };
  while (at < text.length) {
    const open = text.indexOf('${{', at);
    if (open < 0) {
      literal += text.slice(at);
      break;
    }
    if (open > 0 && text[open - 1] === '$') {
      literal += `${text.slice(at, open - 1)}\${{`;
      at = open + 3;
      continue;
    }
    literal += text.slice(at, open);
    const end = endOfSource(text, open + 3);
    if (end < 0) throw new TemplateError('the expression is not closed with }}', open);
    flush();
    const inner = text.slice(open + 3, end);
    const source = inner.trim();
    found.push({
      kind: 'cel',
      source,
      offset: open + 3 + (inner.length - inner.trimStart().length),
    });
    at = end + 2;
  }
  flush();
  return found;
}

/** The CEL source of a text that is one expression and nothing else; null for anything else. */
export function wholeExpression(text: string): string | null {
  if (!hasExpression(text)) return null;
  const all = pieces(text.trim());
  const [only] = all;
  return all.length === 1 && only?.kind === 'cel' ? only.source : null;
}
