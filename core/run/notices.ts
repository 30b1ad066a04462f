import { excerpt } from '../excerpt.js';
import type { RunRecord, Waiting } from '../record.js';
import { hasEnded } from './outcome.js';

/** What people can be told of. */
export const noticeKinds = ['parked', 'waiting', 'approval', 'finished'] as const;
export type NoticeKind = (typeof noticeKinds)[number];
/** What a receiver can ask for: what happens in runs, and drift that a schedule finds changed. */
export const toldKinds = [...noticeKinds, 'drift'] as const;

/** Something that happened in a run and that people may want to know. */
export interface Notice {
  readonly kind: NoticeKind;
  /** What is waited for; null for a run that has ended. */
  readonly waiting: Waiting | null;
}

/** How often each thing was told so far, by {@link occasion}: a step can park again and again. */
export type Noticed = Readonly<Record<string, number>>;

function kindOf(waiting: Waiting): NoticeKind {
  switch (waiting.kind) {
    case 'park':
      return 'parked';
    case 'manual':
      return 'waiting';
    case 'approval':
      return 'approval';
    default: {
      const never: never = waiting.kind;
      return never;
    }
  }
}

/** What is to be told of the change from one record to the next. Pure: equal records tell equal things. */
export function notices(previous: RunRecord, next: RunRecord): Notice[] {
  const known = (waiting: Waiting): boolean =>
    previous.waitingFor.some(
      ({ path, kind, since }) =>
        path === waiting.path && kind === waiting.kind && since === waiting.since,
    );
  const asked = next.waitingFor
    .filter((waiting) => !known(waiting))
    .map((waiting): Notice => ({ kind: kindOf(waiting), waiting }));
  if (!hasEnded(next.state) || hasEnded(previous.state)) return asked;
  return [...asked, { kind: 'finished', waiting: null }];
}

/** The longest path in an id, bytes: workflow ids end at 1000, and must hold the run's id and a number too. */
const longestPath = 500;

/** The same for every time that the same thing happens in a run: `drain/parked`. */
export function occasion({ kind, waiting }: Notice): string {
  return waiting === null ? kind : `${excerpt(waiting.path, longestPath)}/${kind}`;
}
