import { RunbookError } from '../../core/errors.js';
import { excerpt } from '../../core/excerpt.js';
import type { CommandOptions, CommandResult, Target } from '../../core/target.js';

type Run = Target['run'];

function parse(name: string, command: string, result: CommandResult): unknown {
  if (result.truncated) {
    throw new RunbookError(
      'output-too-large',
      `\`${command} …\` on ${name}: its JSON is longer than the action can take`,
      { hint: 'Ask for less, or raise `capture` in the action.' },
    );
  }
  try {
    return JSON.parse(result.stdout);
  } catch (cause) {
    // Not the parser's message: it quotes the output, which may hold secrets.
    throw new RunbookError(
      'action-failed',
      `\`${excerpt(command, 80)} …\` on ${name}: what it printed (${result.stdout.length} characters) is not JSON`,
      { hint: 'The log of the step shows it.', cause: new Error((cause as Error).name) },
    );
  }
}

/** `Target.json` over a `Target.run`. */
export function jsonOver(name: string, run: Run): Target['json'] {
  return async <T>(command: string, args: readonly string[], options?: CommandOptions) =>
    parse(name, command, await run(command, args, options)) as T;
}
