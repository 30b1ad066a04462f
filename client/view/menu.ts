import type { RunRecord, Waiting } from '../../core/record.js';
import { ballotWords } from '../../core/run/ballot.js';
import { decisionCommands, meanings, type Choice } from '../../core/run/choices.js';
import { blank, line, span, type Line } from './line.js';
import { age, moment, type Clock } from './time.js';
import { oneLine, pad, width, wrap } from './width.js';

/** The decisions that a waiting step takes, as commands in a column. */
export function choices(record: RunRecord, waiting: Waiting): Choice[] {
  const longest = Math.max(...waiting.verbs.map((verb) => verb.length));
  return decisionCommands(record, waiting, longest);
}

function heading(waiting: Waiting): string {
  switch (waiting.kind) {
    case 'park':
      return 'is parked';
    case 'approval':
      return 'waits for an approval';
    case 'manual':
      return 'waits for a person';
    default: {
      const never: never = waiting.kind;
      return never;
    }
  }
}

/** What a run waits for, and the commands that decide. */
export function menu(record: RunRecord, columns: number, clock: Clock): Line[] {
  const lines: Line[] = [];
  for (const waiting of record.waitingFor) {
    lines.push(blank);
    lines.push([
      span(waiting.path, 'strong'),
      span(` ${heading(waiting)}`, 'warn'),
      span(
        ` since ${moment(waiting.since, clock)} (${age(waiting.since, clock)})` +
          (waiting.until === null ? '' : `; time decides at ${moment(waiting.until, clock)}`),
        'dim',
      ),
    ]);
    const step = record.steps.find((one) => one.path === waiting.path);
    // A parked step's failure stands with the step already.
    if (waiting.kind !== 'park' || step?.failure?.message !== waiting.message) {
      for (const text of wrap(oneLine(waiting.message), columns - 2, 6))
        lines.push(line(`  ${text}`));
    }
    for (const words of waiting.ballot === undefined ? [] : ballotWords(waiting.ballot))
      for (const text of wrap(oneLine(words), columns - 2, 4)) lines.push(line(`  ${text}`, 'dim'));
    lines.push(...commandLines(choices(record, waiting), columns));
  }
  const waits = record.waitingFor.length > 0;
  if (waits ? isHeld(record) : record.state === 'paused') {
    const where = waits ? ' as well, and holds before its next step' : ' before its next step';
    lines.push(blank, [span('The run is paused', 'warn'), span(where, 'dim')]);
    for (const { by, reason } of record.decisions.filter(({ verb }) => verb === 'pause').slice(-2))
      if (reason !== null)
        for (const text of wrap(oneLine(`by ${by}: ${reason}`), columns - 2, 6))
          lines.push(line(`  ${text}`));
    // What ends it stands with the step that waits.
    const verbs = waits ? (['resume'] as const) : (['resume', 'undo', 'cancel'] as const);
    lines.push(
      ...commandLines(
        verbs.map((verb) => ({
          verb,
          command: `runbook ${verb} ${record.run}`,
          meaning: meanings[verb],
        })),
        columns,
      ),
    );
  }
  return lines;
}

/** True where a pause was asked for, and nothing since that ends it. */
function isHeld({ decisions }: RunRecord): boolean {
  const ends = ['resume', 'undo', 'cancel'];
  return (
    decisions.findLast(({ verb }) => verb === 'pause' || ends.includes(verb))?.verb === 'pause'
  );
}

function commandLines(found: readonly Choice[], columns: number): Line[] {
  const longest = Math.max(...found.map((choice) => width(choice.command)));
  return found.map((choice) => {
    // A command is never cut: it is there to be pasted. What it means gives way.
    const room = columns - longest - 4;
    return room < width(choice.meaning)
      ? line(`  ${choice.command}`)
      : [span(`  ${pad(choice.command, longest)}  `), span(choice.meaning, 'dim')];
  });
}
