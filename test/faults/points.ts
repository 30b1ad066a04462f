import { effectSteps } from './reference.js';

/**
 * Where in a step something can be killed:
 * - between: the step's first check is under way; all before it is in history
 * - before: its command was begun, and has done nothing
 * - during: its command is half through
 * - heartbeat: the same, after the worker has told several times that it lives
 * - unreported: its command has done all, and nobody has learnt how it ended
 * - verifying: the command's end is known to the worker alone, which looks whether it worked
 * - undo: its undo is half through
 * - undone: its undo has done all, and nobody has learnt how it ended
 */
export const points = [
  'between',
  'before',
  'during',
  'heartbeat',
  'unreported',
  'verifying',
  'undo',
  'undone',
] as const;
export type Point = (typeof points)[number];

/** A place where a trap can be laid. */
export interface Spot {
  readonly step: string;
  readonly point: Point;
}

/** Every place of the reference runbook. */
export const allSpots: readonly Spot[] = points.flatMap((point) =>
  effectSteps.map((step) => ({ step, point })),
);

/** True for places that are come to only when changes are put back. */
export function inUndo({ point }: Spot): boolean {
  return point === 'undo' || point === 'undone';
}

/** All places in groups of at most one per step and direction, so that one run springs a whole group. */
export function inGroups(spots: readonly Spot[]): Spot[][] {
  const groups: Spot[][] = [];
  for (const spot of spots) {
    const group = groups.find((one) => one.every(({ step }) => step !== spot.step));
    if (group === undefined) groups.push([spot]);
    else group.push(spot);
  }
  return groups;
}
