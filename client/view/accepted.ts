import type { Accepted } from '../../core/drift/accepted.js';
import { span, type Line } from './line.js';
import type { Screen } from './step.js';
import { table } from './table.js';
import { utcMinute } from './time.js';

/** Drift that people let be. */
export function acceptedView(accepted: readonly Accepted[], screen: Screen): Line[] {
  const over = ({ until }: Accepted): boolean => Date.parse(until) <= screen.clock.now;
  return table(
    accepted,
    [
      { title: 'RUNBOOK', cell: (one) => one.runbook },
      { title: 'STEP', cell: (one) => one.path },
      { title: 'TARGET', cell: (one) => one.target ?? '' },
      {
        title: 'UNTIL',
        cell: (one) => span(over(one) ? 'over' : utcMinute(one.until), over(one) ? 'warn' : 'dim'),
      },
      { title: 'BY', cell: (one) => span(one.by, 'dim') },
      { title: 'WHY', cell: (one) => span(one.reason, 'dim') },
    ],
    screen.columns,
  );
}
