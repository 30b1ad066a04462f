/** Words that a shell takes as they are. Not `=` or `~` at the beginning: zsh expands those. */
const plain = /^[A-Za-z0-9_/.,:@%+-][A-Za-z0-9_/.,:@%+=~-]*$/;

/**
 * One word of a POSIX shell that stands for exactly these characters. NUL cannot be written in any
 * argument and must have been refused before.
 */
export function quoteWord(word: string): string {
  return plain.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** A command line of a POSIX shell with exactly these arguments. */
export function quoteLine(words: readonly string[]): string {
  return words.map(quoteWord).join(' ');
}

const control = /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/;

/** `$'…'` of bash, zsh and ksh: the only way to write control characters so that they are seen. */
export function dollarQuote(word: string): string {
  const inner = Array.from(word, (char) => {
    if (char === '\n') return '\\n';
    if (char === '\t') return '\\t';
    if (char === "'" || char === '\\') return `\\${char}`;
    if (!control.test(char)) return char;
    return [...Buffer.from(char)]
      .map((byte) => `\\x${byte.toString(16).padStart(2, '0')}`)
      .join('');
  });
  return `$'${inner.join('')}'`;
}

/**
 * A command line to be read, copied and pasted: as {@link quoteLine}, but control characters, and
 * those that reorder or hide text, are written as escapes.
 */
export function printableLine(words: readonly string[]): string {
  return words.map((word) => (control.test(word) ? dollarQuote(word) : quoteWord(word))).join(' ');
}
