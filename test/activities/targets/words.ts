const pieces = [
  ['', ' ', '-', '--', "'", '"', '\\', '`', '$', '$(touch PWN)', '`id`', '${HOME}', '$$'],
  [';', '&', '|', '<', '>', '(', ')', '{', '}', '[', ']', '*', '?', '~', '#', '!', '^', '%'],
  ['\n', '\r', '\t', '\u0001', '\u001b[31m', '\u007f', '\u0085', '=', ',', ':', '@', 'a', 'Z'],
  ['é', 'ß', '漢', '🦀', '\u202e', '\ufeff', '\u2028', '-rf', '/', '../', "'; touch PWN;#", '0'],
  ['\\n', "\\'", "$'x'", '!!', '\\\n', '%s', '%00', '&&', '||', '<<EOF', '\u0300'],
].flat();

/** A small generator of pseudo-random numbers below 1: the same seed gives the same words. */
function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Words that a shell or a tool could take for something else; each hostile piece alone is among them. */
export function hostileWords(count: number, seed: number): string[] {
  const random = generator(seed);
  const words = [...pieces];
  while (words.length < count) {
    const length = 1 + Math.floor(random() * 8);
    words.push(
      Array.from({ length }, () => pieces[Math.floor(random() * pieces.length)] ?? '').join(''),
    );
  }
  return words;
}
