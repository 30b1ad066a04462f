import { EVENT_ID, getScalarValue, SCALAR_STYLE, type Event, type ScalarEvent } from 'js-yaml';

/** Line and column of a place in a text, both from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

const isQuoted = ({ style }: ScalarEvent): boolean =>
  style === SCALAR_STYLE.SINGLE_QUOTED || style === SCALAR_STYLE.DOUBLE_QUOTED;

const isBlock = ({ style }: ScalarEvent): boolean =>
  style === SCALAR_STYLE.LITERAL_BLOCK || style === SCALAR_STYLE.FOLDED_BLOCK;

/** Where the values of one YAML document stand, by the events of its parser. */
export class Positions {
  readonly #text: string;
  readonly #events: readonly Event[];
  #lines: readonly number[] | null = null;

  constructor(text: string, events: readonly Event[]) {
    this.#text = text;
    this.#events = events;
  }

  /**
   * Place of the value with a path, or of its key; of the nearest value above where there is none. `offset` counts
   * inside of a text: exact for those on one line without escapes.
   */
  of(path: readonly (string | number)[], where: 'value' | 'key', offset: number): Position {
    const index = this.#find(path, where);
    const event = this.#events[index];
    const counts = event?.type === EVENT_ID.SCALAR && !isBlock(event) && event.valueStart >= 0;
    return this.#position(this.#start(index) + (counts ? offset : 0));
  }

  #position(offset: number): Position {
    this.#lines ??= lineStarts(this.#text);
    let line = this.#lines.findIndex((start) => start > offset);
    if (line < 0) line = this.#lines.length;
    return { line, column: offset - (this.#lines[line - 1] ?? 0) + 1 };
  }

  /** Index of the event that begins a value; the first event begins the document. */
  #find(path: readonly (string | number)[], where: 'value' | 'key'): number {
    let found = 1;
    for (const [depth, key] of path.entries()) {
      const event = this.#events[found];
      let next: number | null = null;
      if (event?.type === EVENT_ID.MAPPING) {
        const at = this.#key(found, String(key));
        if (at !== null && where === 'key' && depth === path.length - 1) return at;
        next = at === null ? null : at + 1;
      } else if (event?.type === EVENT_ID.SEQUENCE) next = this.#item(found, Number(key));
      if (next === null) return found;
      found = next;
    }
    return found;
  }

  #key(mapping: number, name: string): number | null {
    let at = mapping + 1;
    for (;;) {
      const event = this.#events[at];
      if (event === undefined || event.type === EVENT_ID.POP) return null;
      if (event.type === EVENT_ID.SCALAR && getScalarValue(this.#text, event) === name) return at;
      at = this.#after(this.#after(at));
    }
  }

  #item(sequence: number, index: number): number | null {
    let at = sequence + 1;
    for (let left = index; ; left -= 1) {
      const event = this.#events[at];
      if (event === undefined || event.type === EVENT_ID.POP) return null;
      if (left === 0) return at;
      at = this.#after(at);
    }
  }

  /** Index of the event after a whole value. */
  #after(index: number): number {
    let at = index;
    let depth = 0;
    do {
      const type = this.#events[at]?.type;
      if (type === EVENT_ID.MAPPING || type === EVENT_ID.SEQUENCE) depth += 1;
      else if (type === EVENT_ID.POP || type === undefined) depth -= 1;
      at += 1;
    } while (depth > 0);
    return at;
  }

  /** Offset at which a value begins, inside of its quotes; where it is empty, after what stands before it. */
  #start(index: number): number {
    const event = this.#events[index];
    if (event === undefined) return 0;
    if (event.type === EVENT_ID.ALIAS) return event.anchorStart - 1;
    if (event.type === EVENT_ID.MAPPING || event.type === EVENT_ID.SEQUENCE) return event.start;
    if (event.type !== EVENT_ID.SCALAR) return this.#start(index - 1);
    if (event.valueStart >= 0) return event.valueStart;
    const before = this.#events[index - 1];
    if (before?.type !== EVENT_ID.SCALAR || before.valueEnd < 0) return this.#start(index - 1);
    return before.valueEnd + (isQuoted(before) ? 2 : 1);
  }
}

function lineStarts(text: string): number[] {
  const starts = [0];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return starts;
}
