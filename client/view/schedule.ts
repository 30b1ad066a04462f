import type { Firing } from '../server/firings.js';
import type { ScheduleLine } from '../server/schedule.js';
import { blank, line, span, type Line } from './line.js';
import type { Screen } from './step.js';
import { table } from './table.js';
import { moment } from './time.js';
import { fitLine, oneLine } from './width.js';

/** A schedule with what came of it. */
export interface ScheduleSight {
  readonly schedule: string;
  readonly runbook: string;
  /** Inputs as flags of a command line. */
  readonly inputs: readonly string[];
  readonly timing: string;
  readonly paused: boolean;
  readonly note: string | null;
  readonly createdBy: string;
  readonly definitionHash: string;
  /** Whether the runbook's file is another by now; null where there is none to compare with. */
  readonly definitionChanged: boolean | null;
  readonly next: readonly string[];
  /** Firings that found one going on, and left it at that. */
  readonly skipped: number;
  /** Firings that were too late to be made up for. */
  readonly missed: number;
  readonly firings: readonly Firing[];
}

const most = 200;

function firingLine(firing: Firing, { glyphs, clock, columns }: Screen): Line {
  const { outcome, steps, failure } = firing;
  const words = (): ReturnType<typeof span>[] => {
    switch (outcome) {
      case 'no-drift':
        return [span(`${glyphs.done} `, 'good'), span('no drift')];
      case 'drift':
        return [span(`${glyphs.change} `, 'warn'), span('drift: ', 'warn')];
      case 'undetermined':
        return [span(`${glyphs.unknown} `, 'bad'), span('could not be checked: ', 'bad')];
      case 'failed':
        return [
          span(`${glyphs.failed} `, 'bad'),
          span(`${failure?.code ?? ''} ${oneLine(failure?.message ?? '')}`.slice(0, most), 'bad'),
        ];
      case 'running':
        return [span(`${glyphs.busy} `, 'busy'), span('looking at the targets')];
      case 'forgotten':
        return [span(`${glyphs.pending} `, 'dim'), span('no longer known to the server', 'dim')];
      default: {
        const never: never = outcome;
        return never;
      }
    }
  };
  const names = steps.map(({ path, drift }) =>
    drift === null ? path : `${path} (${oneLine(drift)})`,
  );
  return fitLine(
    [span(`  ${moment(firing.at, clock)}  `, 'dim'), ...words(), span(names.join(', '))],
    columns,
  );
}

/** The command that puts the runbook as it is now into a schedule. */
export function renewCommand({ schedule, runbook, inputs, timing }: ScheduleSight): string {
  return ['runbook schedule create', schedule, runbook, ...inputs, timing, '--replace'].join(' ');
}

/** A schedule: when it fires, and what came of the last firings. */
export function scheduleView(sight: ScheduleSight, screen: Screen): Line[] {
  const { clock, columns } = screen;
  const { schedule, runbook, inputs, paused, note, next, firings, skipped, missed } = sight;
  const lost = [
    ...(skipped > 0 ? [`${skipped} skipped: the one before went on`] : []),
    ...(missed > 0 ? [`${missed} missed: server or worker were away for too long`] : []),
  ];
  return [
    [
      span(schedule, 'strong'),
      span('  '),
      paused ? span('paused', 'warn') : span('active', 'good'),
      span(paused && note !== null ? `  ${oneLine(note)}` : '', 'dim'),
    ],
    line(oneLine(['drift of', runbook, ...inputs].join(' ')), 'dim'),
    line(oneLine(`${sight.timing}, by ${sight.createdBy}`), 'dim'),
    ...(sight.definitionChanged === true
      ? [
          line(
            'The runbook has changed since; this schedule checks what it was then. Renew it:',
            'warn',
          ),
        ]
      : []),
    ...(sight.definitionChanged === true ? [line(`  ${renewCommand(sight)}`)] : []),
    blank,
    fitLine(
      [
        span('next  ', 'dim'),
        span(
          next.length === 0 || paused
            ? 'none'
            : next
                .slice(0, 3)
                .map((at) => moment(at, clock))
                .join(', '),
        ),
      ],
      columns,
    ),
    ...(firings.length === 0
      ? [line('It has not fired yet.', 'dim')]
      : firings.map((firing) => firingLine(firing, screen))),
    ...lost.map((text) => line(text, 'dim')),
  ];
}

/** A list of schedules. */
export function schedulesView(schedules: readonly ScheduleLine[], screen: Screen): Line[] {
  const time = (at: string | null): string => (at === null ? '' : moment(at, screen.clock));
  return table(
    schedules,
    [
      { title: 'SCHEDULE', cell: (one) => one.schedule },
      { title: 'RUNBOOK', cell: (one) => one.runbook },
      {
        title: 'STATE',
        cell: (one) => (one.paused ? span('paused', 'warn') : span('active', 'good')),
      },
      { title: 'LAST', cell: (one) => span(time(one.last), 'dim') },
      { title: 'NEXT', cell: (one) => span(one.paused ? '' : time(one.next), 'dim') },
    ],
    screen.columns,
  );
}
