/** How a piece of text is meant; the renderer knows how that looks. */
export type Tone = 'good' | 'bad' | 'warn' | 'busy' | 'dim' | 'strong';

/** A piece of a line. */
export interface Span {
  readonly text: string;
  readonly tone?: Tone;
}

/** One line on a screen: text without control characters, in pieces. */
export type Line = readonly Span[];

/** A piece with its tone; no tone where it is null. */
export function span(text: string, tone: Tone | null = null): Span {
  return tone === null ? { text } : { text, tone };
}

/** A line of one piece. */
export function line(text: string, tone: Tone | null = null): Line {
  return [span(text, tone)];
}

export const blank: Line = [];

/** The text of a line, without tones. */
export function textOf(pieces: Line): string {
  return pieces.map((piece) => piece.text).join('');
}
