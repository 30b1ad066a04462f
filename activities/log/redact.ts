import { dollarQuote } from '../targets/quote.js';

/** What stands in the place of a secret. */
export const redacted = '***';

const mark = Buffer.from(redacted);

/** Lines and encoded parts shorter than this are too common to be taken for a part of a secret. */
const minPart = 12;

/** Of a secret cut off by the end of the output, a beginning this long is removed as well. */
const minBeginning = 8;

function jsonForms(secret: string): string[] {
  const plain = JSON.stringify(secret).slice(1, -1);
  // Go's encoding/json escapes these for HTML, so kubectl and helm print them so.
  const go = plain.replace(
    /[<>&\u2028\u2029]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return [plain, go];
}

function urlForms(secret: string): string[] {
  let component: string;
  try {
    component = encodeURIComponent(secret);
  } catch (error) {
    if (error instanceof URIError) return []; // a lone surrogate has no URL form
    throw error;
  }
  const strict = component.replace(
    /[!'()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  const forms = [component, strict, strict.replaceAll('%20', '+')];
  return [...forms, ...forms.map((form) => form.replace(/%../g, (hex) => hex.toLowerCase()))];
}

/**
 * Base64 of a secret, alone and as a part of something longer: there it can begin at three offsets,
 * and its first and last characters are mixed with the neighbours.
 */
function base64Forms(secret: string): string[] {
  const bytes = Buffer.from(secret, 'utf8');
  const alone = bytes.toString('base64');
  const forms = [alone, alone.replace(/=+$/, '')];
  for (const offset of [0, 1, 2]) {
    const text = Buffer.concat([Buffer.alloc(offset), bytes]).toString('base64');
    const from = Math.ceil((offset * 8) / 6);
    const inner = text.slice(from, Math.floor(((offset + bytes.length) * 8) / 6));
    if (inner.length >= 6) forms.push(inner);
  }
  for (const width of [64, 76]) {
    for (let at = 0; alone.length > width && at < alone.length; at += width) {
      const line = alone.slice(at, at + width);
      if (line.length >= minPart) forms.push(line);
    }
  }
  return [...forms, ...forms.map((form) => form.replaceAll('+', '-').replaceAll('/', '_'))];
}

const escapes: Readonly<Record<string, string>> = {
  '\\': '\\',
  a: '\u0007',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
};

/** As hex dumps of one line write it, and as a shell's words do, whichever its quotes. */
function otherForms(secret: string): string[] {
  const hex = Buffer.from(secret, 'utf8').toString('hex');
  return [
    hex,
    hex.toUpperCase(),
    secret.replaceAll("'", `'\\''`),
    secret.replaceAll("'", `'"'"'`),
    secret.replace(/["$`\\]/g, '\\$&'),
    // What printableLine of targets/quote.ts writes where a control character is among them.
    dollarQuote(secret).slice(2, -1),
    // And what `echo` of some shells makes of a backslash.
    secret.replace(/\\([abfnrtv\\])/g, (_, char: string) => escapes[char] ?? char),
  ];
}

/** Every form in which a secret is looked for, longest first. */
function formsOf(secrets: readonly string[]): Buffer[] {
  const forms = new Set<string>();
  for (const secret of secrets) {
    if (secret === '') continue;
    forms.add(secret);
    forms.add(secret.trim());
    for (const line of secret.split(/\r?\n/)) {
      const text = line.trim();
      if (text !== secret && text.length >= minPart) forms.add(text);
    }
    if (Buffer.byteLength(secret) < 4) continue; // short ones: their encoded forms are everywhere
    for (const write of [jsonForms, urlForms, base64Forms, otherForms]) {
      for (const form of write(secret)) forms.add(form);
    }
  }
  forms.delete('');
  return [...forms].map((form) => Buffer.from(form)).sort((a, b) => b.length - a.length);
}

type Span = [from: number, to: number];

/** Places of the forms, in order, those that touch joined. */
function spansOf(bytes: Buffer, forms: readonly Buffer[], covered: number): Span[] {
  const found: Span[] = covered > 0 ? [[0, covered]] : [];
  for (const form of forms) {
    for (let at = bytes.indexOf(form); at !== -1; at = bytes.indexOf(form, at + 1)) {
      found.push([at, at + form.length]);
    }
  }
  found.sort((a, b) => a[0] - b[0]);
  const spans: Span[] = [];
  for (const [from, to] of found) {
    const last = spans.at(-1);
    if (last !== undefined && from <= last[1]) last[1] = Math.max(last[1], to);
    else spans.push([from, to]);
  }
  return spans;
}

/** Length of the longest end of `bytes` with which a form begins that is not complete yet. */
function unfinished(bytes: Buffer, forms: readonly Buffer[]): number {
  const longest = forms[0]?.length ?? 0;
  for (let length = Math.min(bytes.length, longest - 1); length > 0; length--) {
    const from = bytes.length - length;
    for (const form of forms) {
      if (form.length <= length) break;
      if (form[0] === bytes[from] && form.compare(bytes, from, bytes.length, 0, length) === 0) {
        return length;
      }
    }
  }
  return 0;
}

/** The bytes before `end`; a span that begins before `covered` has its mark already. */
function replaceSpans(bytes: Buffer, spans: readonly Span[], end: number, covered: number): Buffer {
  if (spans.length === 0) return bytes.subarray(0, end);
  const parts: Buffer[] = [];
  let at = 0;
  for (const [from, to] of spans) {
    if (from >= end) break;
    parts.push(bytes.subarray(at, from));
    if (from >= covered) parts.push(mark);
    at = Math.min(to, end);
  }
  parts.push(bytes.subarray(at, end));
  return Buffer.concat(parts);
}

/** Removes secrets from one stream of bytes, also those split over its chunks. */
export interface Redaction {
  /** What may be shown of all that came so far; keeps back what could be the beginning of a secret. */
  push(chunk: Buffer): Buffer;
  /** The rest. */
  end(): Buffer;
}

/** Knows a set of secrets. Made once per command: the forms of a long key take some work. */
export interface Redactor {
  text(text: string): string;
  stream(): Redaction;
}

const transparent: Redactor = {
  text: (text) => text,
  stream: () => ({ push: (chunk) => chunk, end: () => Buffer.alloc(0) }),
};

function redaction(forms: readonly Buffer[]): Redaction {
  let kept = Buffer.alloc(0);
  let covered = 0;
  return {
    push: (chunk) => {
      const bytes = kept.length === 0 ? chunk : Buffer.concat([kept, chunk]);
      const spans = spansOf(bytes, forms, covered);
      const cut = bytes.length - unfinished(bytes, forms);
      // Its mark is given, and a part of it is kept: it may be the beginning of another.
      const crossing = spans.find(([from, to]) => (from < cut || from < covered) && to > cut);
      const shown = replaceSpans(bytes, spans, cut, covered);
      kept = Buffer.from(bytes.subarray(cut));
      covered = crossing === undefined ? 0 : crossing[1] - cut;
      return shown;
    },
    end: () => {
      const spans = spansOf(kept, forms, covered);
      const open = unfinished(kept, forms);
      const from = kept.length - open;
      if (open >= minBeginning) spans.push([Math.max(from, spans.at(-1)?.[1] ?? 0), kept.length]);
      return replaceSpans(kept, spans, kept.length, covered);
    },
  };
}

/**
 * A redactor for values that must not be seen. It finds them as they are, line by line, and as JSON,
 * URLs, base64, hex and shells write them.
 */
export function createRedactor(secrets: readonly string[]): Redactor {
  const forms = formsOf(secrets);
  if (forms.length === 0) return transparent;
  const whole = (text: string): string => {
    const stream = redaction(forms);
    return Buffer.concat([stream.push(Buffer.from(text, 'utf8')), stream.end()]).toString('utf8');
  };
  return {
    // A secret that was cut by an excerpt ends in an ellipsis.
    text: (text) => whole(text).split('…').map(whole).join('…'),
    stream: () => redaction(forms),
  };
}
