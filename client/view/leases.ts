import { isHold, type LeaseHolder, type LeaseState } from '../../core/run/lease.js';
import { span, type Line } from './line.js';
import type { Screen } from './step.js';
import { table } from './table.js';
import { age, utcMinute } from './time.js';

function why({ mode, purpose, until }: LeaseHolder): string {
  const end = until === null ? '' : `, until ${utcMinute(until)}`;
  return `${purpose}${mode === 'shared' ? ', shared' : ''}${end}`;
}

/** Leases that somebody holds or waits for. */
export function leasesView(leases: readonly LeaseState[], screen: Screen): Line[] {
  return table(
    leases.flatMap((lease) => lease.holders.map((holder, at) => ({ lease, holder, at }))),
    [
      { title: 'LEASE', cell: ({ lease, at }) => (at === 0 ? lease.resource : '') },
      { title: 'HELD BY', cell: ({ holder }) => (isHold(holder) ? 'a person' : holder.run) },
      { title: 'USER', cell: ({ holder }) => span(holder.user, 'dim') },
      { title: 'FOR', cell: ({ holder }) => span(age(holder.since, screen.clock), 'dim') },
      { title: 'WHY', cell: ({ holder }) => span(why(holder), 'dim') },
      {
        title: 'QUEUE',
        cell: ({ lease, at }) =>
          span(at === 0 ? lease.queue.map((claim) => claim.run).join(', ') : '', 'warn'),
      },
    ],
    screen.columns,
  );
}
