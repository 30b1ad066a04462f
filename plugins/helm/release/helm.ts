import { PermanentError, RunbookError } from '../../../core/errors.js';
import { excerpt, plainText } from '../../../core/excerpt.js';
import type { CommandOptions, CommandResult, Target } from '../../../core/target.js';

/** Which release is meant. */
export interface Place {
  readonly name: string;
  readonly namespace: string;
}

/** Values and notes may hold keys and passwords; nothing that helm prints gets into the log. */
const quiet = { log: 'quiet', exits: [0, 1] } as const;

/** What no second try will mend, in the words of helm 3 and 4. */
const final = [
  /path "[^"]*" not found/,
  /chart "[^"]*"(?: version "[^"]*")? not found/,
  /no chart (?:name|version) found/,
  /repo \S+ not found|no repo named|no cached repo found/,
  /values don't meet the specifications of the schema/,
  /execution error at|parse error|YAML parse error|error converting YAML/,
  /exists and cannot be imported into the current release/,
  /cannot patch .* field is immutable/,
  /namespaces "[^"]*" not found/,
];

/** The error for a helm command that failed. */
export function failureOf(where: string, doing: string, stderr: string): RunbookError {
  const lines = plainText(stderr)
    .split('\n')
    .filter((line) => line.startsWith('Error: '))
    .map((line) => line.slice('Error: '.length));
  const why = excerpt(lines.join('; ') || plainText(stderr), 400);
  const text = `${where}: helm ${doing}: ${why}`;
  if (final.some((pattern) => pattern.test(why))) return new PermanentError('refused', text);
  if (why.includes('another operation (install/upgrade/rollback) is in progress')) {
    return new RunbookError('action-failed', text, {
      hint: 'Another helm changes the release, or was killed: helm history tells.',
    });
  }
  return new RunbookError('action-failed', text);
}

/** Runs helm with a release's place. */
export async function helm(
  target: Target,
  { name, namespace }: Place,
  [verb, ...args]: readonly [string, ...string[]],
  options: CommandOptions = {},
): Promise<CommandResult> {
  const all = [...verb.split(' '), name, ...args, '--namespace', namespace];
  return target.run('helm', all, { ...quiet, ...options });
}

/**
 * Runs helm and parses the JSON that it prints; null where there is no such release.
 * @throws RunbookError `check-failed` where it is something else; as {@link failureOf}.
 */
export async function ask<T>(
  target: Target,
  place: Place,
  command: readonly [string, ...string[]],
  parse: (answer: unknown) => T,
): Promise<T | null> {
  const result = await helm(target, place, [...command, '--output', 'json']);
  const [verb] = command;
  if (result.exitCode !== 0) {
    // There is no other sign: the exit code is 1 for everything.
    if (/^Error: release: not found$/m.test(result.stderr)) return null;
    throw failureOf(target.name, `${verb} ${place.name}`, result.stderr);
  }
  try {
    return parse(JSON.parse(result.stdout));
  } catch (error) {
    throw new RunbookError('check-failed', `${target.name}: helm ${verb} did not print JSON`, {
      cause: error,
    });
  }
}

/** Runs helm for its effect. @throws as {@link failureOf} */
export async function change(
  target: Target,
  place: Place,
  command: readonly [string, ...string[]],
  options: CommandOptions,
): Promise<void> {
  const { exitCode, stderr } = await helm(target, place, command, options);
  if (exitCode !== 0) throw failureOf(target.name, `${command[0]} ${place.name}`, stderr);
}
