import type { LeaseState } from '../../core/run/lease.js';
import { span, type Line } from './line.js';
import type { Screen } from './step.js';
import { table } from './table.js';
import { age } from './time.js';

/** Leases that somebody holds or waits for. */
export function leasesView(leases: readonly LeaseState[], screen: Screen): Line[] {
  return table(
    leases,
    [
      { title: 'LEASE', cell: (lease) => lease.resource },
      { title: 'HELD BY', cell: (lease) => lease.holder?.run ?? span('nobody', 'dim') },
      { title: 'USER', cell: (lease) => span(lease.holder?.user ?? '', 'dim') },
      {
        title: 'FOR',
        cell: (lease) =>
          span(lease.holder === null ? '' : age(lease.holder.since, screen.clock), 'dim'),
      },
      {
        title: 'QUEUE',
        cell: (lease) => span(lease.queue.map((claim) => claim.run).join(', '), 'warn'),
      },
    ],
    screen.columns,
  );
}
