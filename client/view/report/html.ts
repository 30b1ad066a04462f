import { createHash } from 'node:crypto';
import { visibleText } from '../../../core/run/log.js';
import type { Block, Phrase, Piece, Report, Row } from './pieces.js';
import { style } from './style.js';

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Text from outside as text of HTML: no markup, no control characters, nothing that reorders a line. */
export function escapeHtml(text: string): string {
  return visibleText(text).replace(/[&<>"']/g, (char) => entities[char] ?? char);
}

/** Code of more characters may be broken anywhere; ids and paths stay in one piece. */
const longestWord = 32;

function piece({ text, form, tone }: Piece): string {
  const inner = escapeHtml(text);
  const long = form === 'code' && text.length > longestWord ? ['long'] : [];
  const classes = [...long, ...(tone === undefined ? [] : [tone])];
  const of = classes.length === 0 ? '' : ` class="${classes.join(' ')}"`;
  if (form === 'code') return `<code${of}>${inner}</code>`;
  if (form === 'strong') return `<strong${of}>${inner}</strong>`;
  return tone === undefined ? inner : `<span${of}>${inner}</span>`;
}

const phrase = (pieces: Phrase): string => pieces.map(piece).join('');

function row({ cells, detail = '' }: Row): string {
  const shown = cells.map((cell) => `<td>${phrase(cell)}</td>`).join('');
  if (detail === '') return `<tr>${shown}</tr>`;
  return (
    `<tr class="with">${shown}</tr>\n<tr class="more"><td></td><td colspan="${cells.length - 1}">` +
    `<details><summary>Command and output</summary><pre>${escapeHtml(detail)}</pre></details></td></tr>`
  );
}

function block(one: Block): string {
  switch (one.kind) {
    case 'paragraph':
      return `<p>${phrase(one.phrase)}</p>`;
    case 'list':
      return `<ul>\n${one.items.map((item) => `<li>${phrase(item)}</li>`).join('\n')}\n</ul>`;
    case 'facts': {
      const rows = one.rows.map(
        ([name, value]) => `<tr><th scope="row">${phrase(name)}</th><td>${phrase(value)}</td></tr>`,
      );
      return `<table class="facts"><tbody>\n${rows.join('\n')}\n</tbody></table>`;
    }
    case 'table': {
      const head = one.titles.map((title) => `<th scope="col">${escapeHtml(title)}</th>`).join('');
      const body = one.rows.map(row).join('\n');
      return `<div class="wide"><table><thead><tr>${head}</tr></thead><tbody>\n${body}\n</tbody></table></div>`;
    }
    default: {
      const never: never = one;
      return never;
    }
  }
}

/** Where a section is found within the page. */
function anchor(title: string): string {
  return title.toLowerCase().replace(/[^a-z0-9]+/g, '-');
}

/** A report as one HTML page that needs nothing else: no script, no font, no picture. */
export function reportHtml({ title, lead, sections }: Report): string {
  const name = escapeHtml(title.map(({ text }) => text).join(''));
  // Should a piece of text ever get through as markup, the browser still runs and loads nothing.
  const hash = createHash('sha256').update(style).digest('base64');
  const policy = `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'`;
  const links = sections.map(
    (one) => `<a href="#${anchor(one.title)}">${escapeHtml(one.title)}</a>`,
  );
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${name}</title>
<style>${style}</style>
</head>
<body>
<main>
<h1>${name}</h1>
${lead.map(block).join('\n')}
<nav>${links.join(' ')}</nav>
${sections
  .map(
    (one) =>
      `<section id="${anchor(one.title)}">\n<h2>${escapeHtml(one.title)}</h2>\n${one.blocks.map(block).join('\n')}\n</section>`,
  )
  .join('\n')}
<p class="dim">Times are UTC. Names of people are as they were claimed.</p>
</main>
</body>
</html>`;
}
