import { Command, CommanderError } from 'commander';
import { PermanentError } from '../core/errors.js';
import type { CommandLine } from './argv.js';
import { commands } from './catalog.js';
import type { CommandModule, Options } from './command.js';
import { exitOfCode, exits } from './exit.js';
import { endOnClosedPipe } from './render/output.js';
import { Session, type GlobalFlags } from './session.js';
import { troubleOf } from './trouble.js';
import { errorView } from './view/error.js';

/** Flags of every command. */
function addGlobalOptions(command: Command): Command {
  return command
    .option('--project <dir>', 'project, or a lab of the package by name')
    .option('--json', 'JSON on standard output')
    .option('--plain', 'no cursor tricks, as in a pipe')
    .option('-q, --quiet', 'no output but errors');
}

/** A command of commander's that throws instead of ending the program. */
export function createCommand(name: string, module: CommandModule, summary: string): Command {
  const command = new Command(`runbook ${name}`)
    .description(summary)
    .exitOverride()
    .helpOption('-h, --help', 'show this help')
    .configureOutput({
      // Errors are told by us, in one form.
      writeErr: () => undefined,
      getOutHelpWidth: () => Math.min(process.stdout.columns ?? 100, 100),
    });
  module.configure(command);
  return addGlobalOptions(command);
}

function globalFlags(argv: readonly string[]): GlobalFlags {
  const flagged = (...names: string[]): boolean => argv.some((word) => names.includes(word));
  const at = argv.indexOf('--project');
  const assigned = argv.find((word) => word.startsWith('--project='));
  const project = assigned?.slice('--project='.length) ?? (at < 0 ? undefined : argv[at + 1]);
  return {
    json: flagged('--json'),
    quiet: flagged('--quiet', '-q'),
    plain: flagged('--plain'),
    ...(project === undefined ? {} : { project }),
  };
}

/** An error of commander's as one of ours; null where it only showed its help. */
function usage(error: CommanderError, name: string): PermanentError | null {
  if (error.exitCode === 0) return null;
  return new PermanentError('usage', error.message.replace(/^error: /, ''), {
    hint: `runbook ${name} --help`,
  });
}

async function entryOf(name: string): Promise<(typeof commands)[number]> {
  const entry = commands.find((command) => command.name === name);
  if (entry !== undefined) return entry;
  const { didYouMean } = await import('../core/definition/nearest.js');
  const names = commands.map((command) => command.name);
  const hint = name.startsWith('-') ? null : didYouMean(name, names);
  throw new PermanentError(
    'usage',
    `there is no ${name.startsWith('-') ? 'flag' : 'command'} '${name}'`,
    {
      hint: hint ?? 'runbook --help lists them',
    },
  );
}

async function perform(session: Session, line: CommandLine): Promise<number> {
  if (line.command === null)
    throw new PermanentError('usage', 'no command given', { hint: 'runbook --help lists them' });
  const entry = await entryOf(line.command);
  const { command: module } = await entry.load();
  const command = createCommand(entry.name, module, entry.summary);
  command.configureOutput({ writeOut: (text) => session.out.text(text.trimEnd()) });
  try {
    await module.prepare?.(session, command, line.rest);
    command.action(() => undefined);
    await command.parseAsync([...line.rest], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    const wrong = usage(error, entry.name);
    if (wrong === null) return exits.done;
    throw wrong;
  }
  const args = command.args;
  return module.run(session, args, command.opts<Options>(), command);
}

function tell(session: Session, error: unknown): number {
  const trouble = troubleOf(error);
  const exit = exitOfCode(trouble.code);
  if (session.flags.json === true) {
    const { code, message, hint, problems } = trouble;
    session.err.json({ error: { code, message, hint, problems, exit } }, 'line');
  } else {
    session.err.lines(errorView(trouble, session.glyphs));
  }
  if ((process.env['RUNBOOK_DEBUG'] ?? '') !== '' && error instanceof Error)
    session.err.text(error.stack ?? '');
  return exit;
}

/** Runs one command line; answers the exit code. */
export async function main(line: CommandLine): Promise<number> {
  endOnClosedPipe(process.stdout);
  endOnClosedPipe(process.stderr);
  const session = new Session(globalFlags(line.rest));
  try {
    return await perform(session, line);
  } catch (error) {
    session.progress.done();
    if (session.interrupted) return exits.interrupted;
    return tell(session, error);
  } finally {
    await session.close();
  }
}
