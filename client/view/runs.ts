import type { RunState } from '../../core/run/outcome.js';
import { stateTone } from './glyphs.js';
import { span, type Line } from './line.js';
import type { Screen } from './step.js';
import { table } from './table.js';
import { age, elapsed, moment } from './time.js';

/** One run in a list. */
export interface RunSummary {
  readonly run: string;
  readonly runbook: string;
  readonly state: RunState;
  readonly targets: readonly string[];
  readonly startedBy: string;
  readonly startedAt: string;
  readonly endedAt: string | null;
}

/** A list of runs, newest first. */
export function runsView(runs: readonly RunSummary[], screen: Screen): Line[] {
  const { clock } = screen;
  return table(
    runs,
    [
      { title: 'RUN', cell: (run) => run.run },
      { title: 'STATE', cell: (run) => span(run.state, stateTone(run.state)) },
      { title: 'TARGETS', cell: (run) => span(run.targets.join(' '), 'dim'), max: 24 },
      { title: 'STARTED', cell: (run) => span(moment(run.startedAt, clock), 'dim') },
      {
        title: 'TOOK',
        cell: (run) =>
          span(
            run.endedAt === null
              ? age(run.startedAt, clock)
              : elapsed(run.startedAt, run.endedAt, clock),
            'dim',
          ),
      },
      { title: 'BY', cell: (run) => span(run.startedBy, 'dim') },
    ],
    screen.columns,
  );
}
