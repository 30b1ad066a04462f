import type { StepRecord } from '../../core/record.js';
import { line, type Line } from './line.js';
import type { Screen } from './step.js';
import { tally } from './tally.js';
import { fit } from './width.js';

/** A step and its lines. */
export interface Block {
  readonly step: StepRecord;
  readonly lines: readonly Line[];
}

/** The fewest lines of steps that are shown, however small the terminal is. */
const least = 3;

/** Index of the step to look at: the first one at work or in trouble, else the first to come, else the last. */
function focus(blocks: readonly Block[]): number {
  const at = blocks.findIndex(({ step }) => step.outcome === null && step.phase !== null);
  if (at >= 0) return at;
  const next = blocks.findIndex(({ step }) => step.outcome === null);
  return next >= 0 ? next : blocks.length - 1;
}

/** As many steps as there is room for, around the one at work; the others as a count. */
export function windowed(blocks: readonly Block[], room: number | null, screen: Screen): Line[] {
  const all = blocks.flatMap((block) => block.lines);
  if (room === null || all.length <= room) return all;
  const budget = Math.max(least, room - 2);
  const at = focus(blocks);
  let from = at;
  let to = at + 1;
  let used = blocks[at]?.lines.length ?? 0;
  // A third of the room looks back, the rest ahead; what one side does not need, the other gets.
  const grow = (limit: number, next: () => Block | undefined, take: () => void): void => {
    for (let block = next(); block !== undefined; block = next()) {
      if (used + block.lines.length > limit) return;
      used += block.lines.length;
      take();
    }
  };
  const back = (limit: number): void =>
    grow(
      limit,
      () => blocks[from - 1],
      () => {
        from -= 1;
      },
    );
  const ahead = (limit: number): void =>
    grow(
      limit,
      () => blocks[to],
      () => {
        to += 1;
      },
    );
  back(Math.ceil(budget / 3));
  ahead(budget);
  back(budget);
  const before = blocks.slice(0, from).map((block) => block.step);
  const after = blocks.slice(to).map((block) => block.step);
  const count = (n: number): string => `${n} ${n === 1 ? 'step' : 'steps'}`;
  const note = (text: string): Line => line(fit(`    … ${text}`, screen.columns), 'dim');
  const ended = tally(before);
  return [
    ...(before.length === 0
      ? []
      : [note(`${count(before.length)} before${ended === '' ? '' : `: ${ended}`}`)]),
    ...blocks.slice(from, to).flatMap((block) => block.lines),
    ...(after.length === 0 ? [] : [note(`${count(after.length)} more`)]),
  ];
}
