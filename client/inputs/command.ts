import type { Command } from 'commander';
import type { LoadedRunbook } from '../../core/definition/loader.js';
import type { JsonObject } from '../../core/json.js';
import { PermanentError } from '../../core/errors.js';
import type { Options } from '../command.js';
import { findRunbook, isPath, runbookFiles } from '../library.js';
import type { Session } from '../session.js';
import { addInputFlags, flagsOf, givenInputs, kebab } from './flags.js';

/** Flags of the command itself, without their dashes: an input of the same name has none. */
export function ownFlags(command: Command): ReadonlySet<string> {
  const long = command.options.map((option) => (option.long ?? '').replace(/^--(?:no-)?/, ''));
  return new Set([...long, 'project', 'json', 'plain', 'quiet', 'help', 'input']);
}

/** Flags of the command itself as they are written, with their dashes, and whether a value follows. */
function flagWords(command: Command): ReadonlyMap<string, boolean> {
  const globals = [
    ['--project', true],
    ...['--json', '--plain', '--quiet', '-q', '--help', '-h'].map((flag) => [flag, false] as const),
  ] as const;
  const own = command.options.flatMap(({ long, short, required, optional }) =>
    [long, short].flatMap((flag) =>
      flag === undefined ? [] : [[flag, required || optional] as const],
    ),
  );
  return new Map([...globals, ...own]);
}

/**
 * The word of a command line that names the runbook. What follows a flag of the command that takes a value is none; what
 * follows an unknown flag, one of a runbook's inputs, only where it is a runbook and no such word stands before it.
 */
export function runbookWord(
  argv: readonly string[],
  known: ReadonlySet<string>,
  flags: ReadonlyMap<string, boolean>,
): string | null {
  const found = argv.flatMap((word, at) => {
    const before = argv[at - 1] ?? '';
    if (word.startsWith('-') || flags.get(before) === true) return [];
    const sure = !before.startsWith('-') || before.includes('=') || flags.has(before);
    return [{ word, sure, fits: known.has(word) || isPath(word) }];
  });
  const best =
    found.find(({ sure, fits }) => sure && fits) ??
    found.find(({ sure, fits }) => sure || fits) ??
    found[0];
  return best?.word ?? null;
}

/** Flags that commands of a runbook have beside its inputs; kept before the inputs are added. */
const own = new WeakMap<Command, ReadonlySet<string>>();

/** Adds the flags of the runbook that a command line names. */
export async function prepareInputs(
  session: Session,
  command: Command,
  argv: readonly string[],
): Promise<void> {
  const taken = ownFlags(command);
  own.set(command, taken);
  const known = new Set((await runbookFiles(session)).keys());
  const word = runbookWord(argv, known, flagWords(command));
  if (word === null) {
    command.addHelpText(
      'after',
      '\nWith a runbook, its inputs are flags too: runbook start NAME --help',
    );
    return;
  }
  const { runbook } = await findRunbook(session, word);
  command.description(
    [runbook.title ?? runbook.name, runbook.description].filter(Boolean).join('\n\n'),
  );
  addInputFlags(command, runbook, taken);
}

/** A runbook with the inputs that were given for it. */
export interface Wanted {
  readonly loaded: LoadedRunbook;
  /** As given. */
  readonly inputs: JsonObject;
}

/** Inputs as given, checked. @throws PermanentError `input-invalid` with every problem. */
export async function wantedRun(
  session: Session,
  loaded: LoadedRunbook,
  options: Options,
  command: Command,
): Promise<Wanted> {
  const { runbook } = loaded;
  const inputs = await givenInputs(
    runbook,
    options,
    (key) => command.getOptionValueSource(key) === 'cli',
    own.get(command) ?? new Set(),
  );
  await checkInputs(session, loaded, inputs);
  return { loaded, inputs };
}

/** @throws PermanentError `input-invalid` with every problem, in the words of the command line. */
export async function checkInputs(
  session: Session,
  { runbook }: LoadedRunbook,
  inputs: JsonObject,
): Promise<void> {
  const { resolveInputs } = await import('../../core/definition/values.js');
  const { dataFileProblem } = await import('../../core/definition/data-files.js');
  const { inventory, folder } = await session.project();
  const resolved = resolveInputs(runbook, inputs, {
    inventory,
    runbookNames: [...(await runbookFiles(session)).keys()],
    dataFile: (name) => dataFileProblem(session.files, folder, name),
  });
  if (!('problems' in resolved)) return;
  const specs = runbook.inputs ?? {};
  const words = resolved.problems.map((problem) => {
    const name = problem.slice(0, problem.indexOf(':'));
    return name in specs ? `--${kebab(name)}${problem.slice(name.length)}` : problem;
  });
  const [only, ...more] = words;
  throw new PermanentError(
    'input-invalid',
    more.length === 0 ? `${runbook.name}: ${only}` : `${runbook.name}:\n${words.join('\n')}`,
    { hint: `runbook start ${runbook.name} --help` },
  );
}

/** The command that starts a runbook with these inputs. */
export function startCommand({ loaded, inputs }: Wanted): string {
  const { runbook } = loaded;
  return ['runbook', 'start', runbook.name, ...flagsOf(runbook, inputs)].join(' ');
}
