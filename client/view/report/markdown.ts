import { visibleText } from '../../../core/run/log.js';
import { pad, width } from '../width.js';
import type { Block, Phrase, Piece, Report } from './pieces.js';

/** Text from outside as Markdown text on one line. */
export function plainMarkdown(text: string): string {
  return visibleText(text.replace(/\s+/g, ' ')).replace(/[\\`*_[\]<>|#]/g, (char) => `\\${char}`);
}

/** Text as code, whatever backticks are in it. */
export function codeMarkdown(text: string): string {
  const inner = visibleText(text.replace(/\s+/g, ' '));
  const longest = Math.max(0, ...[...inner.matchAll(/`+/g)].map(([ticks]) => ticks.length));
  const fence = '`'.repeat(longest + 1);
  const space = inner.startsWith('`') || inner.endsWith('`') ? ' ' : '';
  // A bar would end the cell of a table, also within code.
  return `${fence}${space}${inner.replaceAll('|', '\\|')}${space}${fence}`;
}

function piece({ text, form }: Piece): string {
  if (form === 'code') return codeMarkdown(text);
  return form === 'strong' ? `**${plainMarkdown(text)}**` : plainMarkdown(text);
}

const phrase = (pieces: Phrase): string => pieces.map(piece).join('');
const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;

/** Cells of more columns do not widen the others of their column: a table is read in a terminal, too. */
const widest = 48;

function table(titles: readonly string[], rows: readonly (readonly Phrase[])[]): string[] {
  const cells = [titles, ...rows.map((row) => row.map(phrase))];
  const widths = titles.map((_title, at) =>
    Math.max(3, ...cells.map((row) => width(row[at] ?? '')).filter((columns) => columns <= widest)),
  );
  // What stands behind the last column is of no use to the eye.
  const aligned = (texts: readonly string[]): string[] =>
    texts.map((text, at) => {
      const columns = widths[at] ?? 0;
      return at === texts.length - 1 || width(text) > columns ? text : pad(text, columns);
    });
  const [head = [], ...body] = cells;
  const rule = widths.map((columns, at) => '-'.repeat(at === widths.length - 1 ? 3 : columns));
  return [row(aligned(head)), row(rule), ...body.map((texts) => row(aligned(texts)))];
}

function block(one: Block): string[] {
  switch (one.kind) {
    case 'paragraph':
      return [phrase(one.phrase)];
    case 'list':
      return one.items.map((item) => `- ${phrase(item)}`);
    case 'facts':
      return table(['', ''], one.rows);
    case 'table':
      // What unfolds has no place in a cell of Markdown.
      return table(
        one.titles,
        one.rows.map(({ cells }) => cells),
      );
    default: {
      const never: never = one;
      return never;
    }
  }
}

function blocks(all: readonly Block[]): string[] {
  return all.flatMap((one, at) => [...(at === 0 ? [] : ['']), ...block(one)]);
}

/** A report as Markdown. */
export function reportMarkdown({ title, lead, sections }: Report): string {
  return [
    `# ${phrase(title)}`,
    '',
    ...blocks(lead),
    ...sections.flatMap((one) => ['', `## ${one.title}`, '', ...blocks(one.blocks)]),
  ].join('\n');
}
