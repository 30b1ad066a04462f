import type { CommandOptions, CommandResult, Target } from '../../core/target.js';
import { failureOf } from './failure.js';
import type { Place } from './input.js';

/**
 * Runs vagrant in an environment: with an explicit folder and provider (with several plugins a plain
 * `status` chose another), without asking for a newer version of itself. Any exit code is an answer.
 * @param args the command, its options, and what it acts on.
 */
export function vagrant(
  target: Target,
  { dir, provider, home }: Place,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<CommandResult> {
  return target.run('vagrant', args, {
    exits: 'any',
    timeout: '2m',
    ...options,
    env: {
      VAGRANT_CWD: dir,
      VAGRANT_DEFAULT_PROVIDER: provider,
      VAGRANT_CHECKPOINT_DISABLE: '1',
      VAGRANT_NO_COLOR: '1',
      ...(home === undefined ? {} : { VAGRANT_HOME: home }),
      ...options.env,
    },
  });
}

/** Runs vagrant with output for programs. @throws as {@link failureOf} */
export async function ask(
  target: Target,
  place: Place,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<CommandResult> {
  const result = await vagrant(target, place, ['--machine-readable', ...args], options);
  if (result.exitCode === 0) return result;
  throw failureOf(target.name, args.join(' '), result);
}
