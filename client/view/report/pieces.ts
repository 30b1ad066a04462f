import type { Tone } from '../line.js';

/** A piece of text of a report. The text is as it came from outside: whoever writes it escapes it. */
export interface Piece {
  readonly text: string;
  readonly form?: 'code' | 'strong';
  readonly tone?: Tone;
}

/** A few words, in pieces. */
export type Phrase = readonly Piece[];

/** A row of a table. */
export interface Row {
  readonly cells: readonly Phrase[];
  /** Text of many lines that belongs to it, where there is room to unfold one; empty for none. */
  readonly detail?: string;
}

/** What a section is made of. */
export type Block =
  | { readonly kind: 'paragraph'; readonly phrase: Phrase }
  | { readonly kind: 'list'; readonly items: readonly Phrase[] }
  | { readonly kind: 'facts'; readonly rows: readonly (readonly [Phrase, Phrase])[] }
  | { readonly kind: 'table'; readonly titles: readonly string[]; readonly rows: readonly Row[] };

/** A part of a report under its own title. */
export interface Section {
  readonly title: string;
  readonly blocks: readonly Block[];
}

/** The report of a run, before it is Markdown or HTML. */
export interface Report {
  readonly title: Phrase;
  /** What stands before the first section. */
  readonly lead: readonly Block[];
  readonly sections: readonly Section[];
}

/** Text as it reads. */
export function words(text: string, tone?: Tone): Phrase {
  if (text === '') return [];
  return [tone === undefined ? { text } : { text, tone }];
}

/** Text as a machine takes it: ids, paths, commands, values. */
export function code(text: string): Phrase {
  return [{ text, form: 'code' }];
}

/** Text that stands out. */
export function strong(text: string, tone?: Tone): Phrase {
  return [tone === undefined ? { text, form: 'strong' } : { text, form: 'strong', tone }];
}
