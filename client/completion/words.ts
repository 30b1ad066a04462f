/** A command as the completion of a shell knows it. */
export interface CompletedCommand {
  readonly name: string;
  readonly summary: string;
  readonly flags: readonly string[];
  /** What its first argument names. */
  readonly argument: 'runbook' | 'run' | null;
  /** Fixed words that its first argument may be. */
  readonly words: readonly string[];
}

/** Commands of which the first argument is of a kind. */
export function withArgument(
  commands: readonly CompletedCommand[],
  kind: 'runbook' | 'run',
): string[] {
  return commands.filter(({ argument }) => argument === kind).map(({ name }) => name);
}
