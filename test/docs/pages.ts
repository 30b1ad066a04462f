import { readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Folder of the repository. */
export const root = resolve(fileURLToPath(new URL('../..', import.meta.url)));

/** A document that people read. */
export interface Page {
  /** Path from the root. */
  readonly path: string;
  readonly text: string;
}

function page(path: string): Page {
  return { path, text: readFileSync(`${root}/${path}`, 'utf8') };
}

/** Every document: README.md and all below docs/. */
export function pages(): readonly Page[] {
  const found = readdirSync(`${root}/docs`, { recursive: true, encoding: 'utf8' });
  const paths = found.filter((path) => path.endsWith('.md')).sort();
  return [
    page('README.md'),
    page('labs/parts/README.md'),
    ...paths.map((path) => page(`docs/${path}`)),
  ];
}

/** A block of code in a document. */
export interface Block {
  readonly language: string;
  readonly text: string;
  /** Comment on the line above, such as `file: plugins/kube/schedulable.ts`. */
  readonly note: string | null;
}

/** Blocks of code of a document, in order. */
export function blocks(text: string): readonly Block[] {
  const fence = /(?:^<!-- (.*) -->\n\n)?^```(\w*)\n([\s\S]*?)^```$/gm;
  return [...text.matchAll(fence)].map(([, note, language = '', inside = '']) => ({
    language,
    text: inside,
    note: note ?? null,
  }));
}

/** Prose of a document: without its code. */
export function prose(text: string): string {
  return text.replace(/^```[\s\S]*?^```$/gm, '').replace(/`[^`\n]*`/g, '');
}
