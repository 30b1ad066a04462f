/** A quoted word longer than this is a script of ours, not something to read on the way by. */
const longest = 60;
const kept = 24;

/**
 * A command line with its long quoted words cut: the scripts that actions bring along. What is cut
 * can no longer be pasted; `logs --full` and JSON have all of it.
 */
export function shortCommand(text: string, max = 240): string {
  const words = text.replace(/(\$?)'(?:[^'\\]|\\.)*'/g, (word, dollar: string) => {
    if (word.length <= longest) return word;
    return `${dollar}'${word.slice(dollar.length + 1, kept)}…'`;
  });
  return words.length > max ? `${words.slice(0, max - 1)}…` : words;
}
