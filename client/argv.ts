/** A command line, taken apart as far as needed to know which command it is for. */
export interface CommandLine {
  /** Null where none was given. */
  readonly command: string | null;
  /** Everything else, flags that stood before the command included. */
  readonly rest: readonly string[];
  readonly help: boolean;
  readonly version: boolean;
}

const withValue = new Set(['--project']);
const alone = new Set(['--json', '--plain', '--quiet', '-q']);

/** Finds the command; flags of every command may stand before it. */
export function takeApart(argv: readonly string[]): CommandLine {
  const before: string[] = [];
  for (let i = 0; i < argv.length; i += 1) {
    const word = argv[i] ?? '';
    if (withValue.has(word)) {
      before.push(...argv.slice(i, i + 2));
      i += 1;
    } else if (alone.has(word) || word.startsWith('--project=')) {
      before.push(word);
    } else if (word === '--help' || word === '-h') {
      return { command: null, rest: [], help: true, version: false };
    } else if (word === '--version' || word === '-V') {
      return { command: null, rest: [], help: false, version: true };
    } else if (word === 'help') {
      const [name, ...more] = argv.slice(i + 1);
      if (name === undefined) return { command: null, rest: [], help: true, version: false };
      return { command: name, rest: [...more, '--help'], help: true, version: false };
    } else {
      const rest = [...before, ...argv.slice(i + 1)];
      return { command: word, rest, help: false, version: false };
    }
  }
  return { command: null, rest: before, help: before.length === 0, version: false };
}
