import type { LogEntry } from '../../core/run/log.js';

/** A command that a step has run, once or again and again: a probe or a wait makes the same call thousands of times. */
export interface CommandRun {
  /** When it was run first. */
  readonly at: string;
  /** When it was run last. */
  readonly lastAt: string;
  readonly step: string;
  readonly verb: string;
  readonly attempt: number;
  readonly target: string | null;
  /** A line that an operator could paste. */
  readonly command: string;
  readonly times: number;
  /** How often each exit code came; null where nobody could learn it, or the command still runs. */
  readonly exits: readonly { readonly code: number | null; readonly times: number }[];
  /** The longest that one took; null where none has ended. */
  readonly longestMs: number | null;
}

interface Counted extends Omit<CommandRun, 'exits'> {
  readonly ended: Map<number | null, number>;
}

/** Commands of a log with their ends, in the order in which they were run first; at most so many different ones. */
export async function commandsOf(
  entries: AsyncIterable<LogEntry>,
  most = 2000,
): Promise<{ readonly commands: readonly CommandRun[]; readonly left: number }> {
  const counted = new Map<string, Counted>();
  const open = new Map<string, string>();
  const leftOut = new Set<string>();
  // Several workers count each for themselves; a command is found again by its step as well.
  const place = ({ step, verb, attempt }: LogEntry): string => `${step} ${verb} ${attempt}`;
  for await (const entry of entries) {
    if (entry.kind === 'command') {
      const { at, step, verb, attempt, target, text } = entry;
      const key = `${place(entry)} ${target ?? ''} ${text}`;
      const known = counted.get(key);
      if (known === undefined && counted.size >= most) {
        leftOut.add(key);
        continue;
      }
      const first = { at, step, verb, attempt, target, command: text, longestMs: null };
      counted.set(key, {
        ...(known ?? { ...first, ended: new Map<number | null, number>() }),
        lastAt: at,
        times: (known?.times ?? 0) + 1,
      });
      open.set(`${place(entry)} ${entry.seq}`, key);
    } else if (entry.kind === 'exit') {
      const begun = `${place(entry)} ${entry.of}`;
      const key = open.get(begun);
      const known = key === undefined ? undefined : counted.get(key);
      if (key === undefined || known === undefined) continue;
      open.delete(begun);
      const { code, durationMs } = entry.exit;
      known.ended.set(code, (known.ended.get(code) ?? 0) + 1);
      counted.set(key, { ...known, longestMs: Math.max(known.longestMs ?? 0, durationMs) });
    }
  }
  return { commands: [...counted.values()].map(withExits), left: leftOut.size };
}

function withExits({ ended, ...rest }: Counted): CommandRun {
  const without = rest.times - [...ended.values()].reduce((sum, times) => sum + times, 0);
  if (without > 0) ended.set(null, (ended.get(null) ?? 0) + without);
  return { ...rest, exits: [...ended].map(([code, times]) => ({ code, times })) };
}
