import type { CommandRun } from '../../core/evidence.js';
import type { LogEntry, OutputEntry } from '../../core/run/log.js';

/** Characters of a command's output that are kept as evidence: the log has all of it. */
export const longestOutput = 2000;

interface Counted extends Omit<CommandRun, 'exits'> {
  readonly ended: Map<number | null, number>;
}

/** Text of a piece of output. */
function printed(entry: OutputEntry): string {
  if (entry.text !== undefined) return entry.text;
  return `[${Buffer.from(entry.base64 ?? '', 'base64').length} bytes that are no text]\n`;
}

/** The end of a text, never with half of a character in front. */
function endOf(text: string): string {
  return text.slice(-longestOutput).replace(/^[\udc00-\udfff]/, '');
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
      const { at, step, verb, attempt, target, text, brief } = entry;
      const key = `${place(entry)} ${target ?? ''} ${text}`;
      const known = counted.get(key);
      if (known === undefined && counted.size >= most) {
        leftOut.add(key);
        continue;
      }
      const shown = { command: text, ...(brief === undefined ? {} : { brief }) };
      const first = { at, step, verb, attempt, target, ...shown, longestMs: null };
      counted.set(key, {
        ...(known ?? { ...first, ended: new Map<number | null, number>() }),
        lastAt: at,
        times: (known?.times ?? 0) + 1,
        output: '',
        outputBytes: null,
        sha256: null,
      });
      open.set(`${place(entry)} ${entry.seq}`, key);
    } else if (entry.kind === 'exit') {
      const begun = `${place(entry)} ${entry.of}`;
      const key = open.get(begun);
      const known = key === undefined ? undefined : counted.get(key);
      if (key === undefined || known === undefined) continue;
      open.delete(begun);
      const { code, durationMs, stdoutBytes, sha256 } = entry.exit;
      known.ended.set(code, (known.ended.get(code) ?? 0) + 1);
      const longestMs = Math.max(known.longestMs ?? 0, durationMs);
      counted.set(key, { ...known, longestMs, outputBytes: stdoutBytes, sha256 });
    } else if (entry.kind === 'stdout' || entry.kind === 'stderr') {
      const key = open.get(`${place(entry)} ${entry.of}`);
      const known = key === undefined ? undefined : counted.get(key);
      if (key === undefined || known === undefined) continue;
      counted.set(key, { ...known, output: endOf(`${known.output}${printed(entry)}`) });
    }
  }
  return { commands: [...counted.values()].map(withExits), left: leftOut.size };
}

function withExits({ ended, ...rest }: Counted): CommandRun {
  const without = rest.times - [...ended.values()].reduce((sum, times) => sum + times, 0);
  if (without > 0) ended.set(null, (ended.get(null) ?? 0) + without);
  return { ...rest, exits: [...ended].map(([code, times]) => ({ code, times })) };
}
