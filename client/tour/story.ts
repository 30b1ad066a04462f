/** What the tour's chapters are made of. */
export type Scene =
  /** Words of the guide. */
  | { readonly kind: 'say'; readonly text: string }
  /** A command of ours, with the exit codes that the story expects. */
  | { readonly kind: 'run'; readonly args: readonly string[]; readonly exits: readonly number[] }
  /** Something that somebody does by hand: shown as a command, done by the tour. */
  | {
      readonly kind: 'hand';
      readonly shown: string;
      readonly path: string;
      readonly text: string | null;
    }
  /** The content of a file. */
  | { readonly kind: 'read'; readonly path: string }
  /** The reader takes a breath. */
  | { readonly kind: 'breath' };

const say = (text: string): Scene => ({ kind: 'say', text });
const run = (exits: readonly number[], ...args: string[]): Scene => ({ kind: 'run', args, exits });
const breath: Scene = { kind: 'breath' };

/** The story, from plan to undo. `first` and `second` are ids of its two runs. */
export function story(first: string, second: string): readonly Scene[] {
  return [
    say(
      'A runbook is a YAML file of typed steps. This one writes a page, publishes it, announces it, and asks a person to read it.',
    ),
    run([0], 'show', 'publish'),
    breath,
    say('A plan looks at the live target and says what would change. It changes nothing.'),
    run([2], 'plan', 'publish'),
    breath,
    say(
      'A run does it, step by step, each one checked, applied and verified. Something is missing here, so one step will fail. It does not kill the run: the run parks and waits for you.',
    ),
    run([3], 'start', 'publish', '--yes', '--id', first),
    breath,
    say(
      'The folder is missing. We mend that by hand, and have the step tried again: the run goes on from there, up to the person.',
    ),
    { kind: 'hand', shown: 'mkdir public', path: 'public', text: null },
    run([3], 'retry', first, '--reason', 'made the folder', '--watch'),
    breath,
    say(
      'It now waits for a person, for days if need be, and needs no terminal for that. We confirm.',
    ),
    run([0], 'confirm', first, '--reason', 'it reads well', '--watch'),
    breath,
    say('The same file, with checks alone, tells drift.'),
    run([0], 'drift', 'publish'),
    say('Now somebody edits the published page by hand.'),
    {
      kind: 'hand',
      shown: "echo 'Hello from the night shift' > public/page.txt",
      path: 'public/page.txt',
      text: 'Hello from the night shift\n',
    },
    run([2], 'drift', 'publish'),
    breath,
    say(
      'A second run publishes another text, and we change our mind half-way: undo puts back what was found, not a default.',
    ),
    run([3], 'start', 'publish', '--yes', '--text', 'Goodbye', '--id', second),
    run([4], 'undo', second, '--yes', '--reason', 'wrong text', '--watch'),
    say('The page is the one of the night shift again:'),
    { kind: 'read', path: 'public/page.txt' },
    breath,
    say(
      'Every run is kept, with each decision and its reason; `runbook report` writes it all down.',
    ),
    run([0], 'runs'),
  ];
}
