import { wrap } from './width.js';

/** Paragraphs and list items of hard-wrapped Markdown, each as one text. */
function parts(text: string): string[] {
  const found: string[] = [];
  let open = false;
  for (const line of text.split('\n')) {
    const trimmed = line.trim();
    if (trimmed === '') {
      found.push('');
      open = false;
    } else if (open && !/^(?:[-*]|\d+\.) /.test(trimmed)) {
      found.push(`${found.pop() ?? ''} ${trimmed}`);
    } else {
      found.push(trimmed);
      open = true;
    }
  }
  return found;
}

/** Markdown prose broken anew for a screen, list items with a hanging indent. */
export function prose(text: string, columns: number): string[] {
  return parts(text.trim()).flatMap((part) => {
    const mark = /^(?:[-*]|\d+\.) /.exec(part)?.[0] ?? '';
    const [first = '', ...more] = wrap(part.slice(mark.length), columns - mark.length);
    return [mark + first, ...more.map((line) => ' '.repeat(mark.length) + line)];
  });
}
