import { formatDuration } from '../../../core/duration.js';
import type { CommandRun } from '../../../core/evidence.js';
import { longestOutput } from '../../state/commands.js';
import { shortCommand } from '../command-text.js';
import { code, words, type Block, type Phrase, type Row } from './pieces.js';

/** Exit codes of a command: one, or how often each of them came. */
function exits({ times, exits: all }: CommandRun): Phrase {
  const tone = all.every(({ code: exit }) => exit === 0) ? undefined : 'warn';
  const known = (exit: number | null): string => (exit === null ? 'unknown' : String(exit));
  if (times === 1)
    return words(all.map((one) => (one.code === null ? '' : String(one.code))).join(''), tone);
  return words(all.map((one) => `${known(one.code)} ×${one.times}`).join(', '), tone);
}

/** The command as the step gave it to its target. */
function shown({ command, brief = command }: CommandRun): string {
  return shortCommand(brief);
}

/** What a command has printed, and by what that can be proven. */
function detail(one: CommandRun): string {
  const all = shown(one) === one.command ? '' : `$ ${one.command}\n`;
  const proof =
    one.sha256 === null || one.outputBytes === 0
      ? ''
      : `\n[${one.outputBytes} bytes of standard output, sha256 ${one.sha256}]`;
  const cut = one.output.length >= longestOutput - 1 ? '…' : '';
  return `${all}${cut}${one.output.trimEnd()}${proof}`.trim();
}

function row(one: CommandRun): Row {
  return {
    cells: [
      words(one.at.slice(11, 19)),
      [
        ...code(one.step),
        ...words(` ${one.verb}${one.attempt > 1 ? ` (attempt ${one.attempt})` : ''}`),
      ],
      one.target === null ? [] : code(one.target),
      code(shown(one)),
      exits(one),
      one.longestMs === null
        ? []
        : words(`${one.times > 1 ? '≤ ' : ''}${formatDuration(one.longestMs)}`),
    ],
    detail: detail(one),
  };
}

/** How many commands a run has made, and where they are told. */
export function evidenceInShort(
  run: string,
  commands: readonly CommandRun[],
  leftOut: number,
): Block[] {
  const calls = commands.reduce((sum, { times }) => sum + times, 0);
  const failed = commands.reduce(
    (sum, { exits: all }) =>
      sum + all.reduce((some, { code: exit, times }) => some + (exit === 0 ? 0 : times), 0),
    0,
  );
  const more = leftOut > 0 ? `, and ${leftOut} more commands` : '';
  return [
    {
      kind: 'paragraph',
      phrase: [
        ...words(
          `${commands.length} different ones, ${calls} calls, ${failed} of them without exit code 0${more}: `,
        ),
        ...code(`runbook report ${run}`),
        ...words(' lists them, '),
        ...code(`runbook logs --full ${run}`),
        ...words(' has their output.'),
      ],
    },
  ];
}

/** The commands of a run, each with its exit codes, its time and the end of its output. */
export function evidence(run: string, commands: readonly CommandRun[], leftOut: number): Block[] {
  return [
    {
      kind: 'table',
      titles: ['At', 'Step', 'Target', 'Command', 'Exit', 'Took'],
      rows: commands.map(row),
    },
    {
      kind: 'paragraph',
      phrase: [
        ...words(leftOut > 0 ? `${leftOut} more: ` : 'Everything, with its output: '),
        ...code(`runbook logs --full ${run}`),
        ...words('.'),
      ],
    },
  ];
}
