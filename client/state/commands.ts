import type { LogEntry } from '../../core/run/log.js';

/** A command that a run has run. */
export interface CommandRun {
  readonly at: string;
  readonly step: string;
  readonly verb: string;
  readonly attempt: number;
  readonly target: string | null;
  /** A line that an operator could paste. */
  readonly command: string;
  /** Null where nobody could learn it, or the command still runs. */
  readonly exit: number | null;
  readonly durationMs: number | null;
}

/** Commands of a log with their ends, in order; at most so many, the first and the last ones. */
export async function commandsOf(
  entries: AsyncIterable<LogEntry>,
  most = 2000,
): Promise<{ readonly commands: readonly CommandRun[]; readonly left: number }> {
  const open = new Map<string, number>();
  const commands: CommandRun[] = [];
  let left = 0;
  // Several workers count each for themselves; a command is found again by its step as well.
  const key = (entry: LogEntry, seq: number): string =>
    `${entry.step} ${entry.verb} ${entry.attempt} ${seq}`;
  for await (const entry of entries) {
    if (entry.kind === 'command') {
      if (commands.length >= most) {
        left += 1;
        continue;
      }
      const { at, step, verb, attempt, target, text } = entry;
      open.set(key(entry, entry.seq), commands.length);
      commands.push({
        at,
        step,
        verb,
        attempt,
        target,
        command: text,
        exit: null,
        durationMs: null,
      });
    } else if (entry.kind === 'exit') {
      const index = open.get(key(entry, entry.of));
      const begun = index === undefined ? undefined : commands[index];
      if (index === undefined || begun === undefined) continue;
      commands[index] = { ...begun, exit: entry.exit.code, durationMs: entry.exit.durationMs };
      open.delete(key(entry, entry.of));
    }
  }
  return { commands, left };
}
