import type { DriftShown } from '../../core/drift/history.js';
import { acceptedWords, mendLine } from './drift.js';
import { planMark, type Glyphs } from './glyphs.js';
import { blank, line, span, type Line } from './line.js';
import { inputWords } from './run.js';
import type { Screen } from './step.js';
import { age, elapsed, moment } from './time.js';
import { fitLine, oneLine } from './width.js';

type Entry = DriftShown['entries'][number];

/** The most lines of a drift that are shown. */
const mostLines = 6;

function mark({ accepted, kind, gone }: Entry, glyphs: Glyphs): ReturnType<typeof span> {
  if (gone !== null) return span(glyphs.done, 'good');
  return accepted === null ? planMark(kind, glyphs) : span(glyphs.skipped, 'dim');
}

/** The path, with its target where the path does not end with it. */
function place({ path, target }: Entry): string {
  return target === null || path.endsWith(`[${target}]`) ? path : `${path} on ${target}`;
}

function when(entry: Entry, last: string, { clock }: Screen): string {
  const { since, lastSeen, gone, kind } = entry;
  if (gone !== null) {
    return `${moment(since, clock)} to ${moment(gone, clock)}, ${elapsed(since, gone, clock)}`;
  }
  const begun = `since ${moment(since, clock)}, ${age(since, clock)}`;
  const unsure = lastSeen !== last && kind !== 'undetermined';
  return unsure ? `${begun}; seen last ${moment(lastSeen, clock)}` : begun;
}

function entryLines(entry: Entry, last: string, screen: Screen): Line[] {
  const { kind, drift, accepted } = entry;
  const text = (drift ?? '').trim().split('\n').filter(Boolean).slice(0, mostLines).map(oneLine);
  const what = kind === 'undetermined' ? 'could not be checked' : kind.replaceAll('-', ' ');
  return [
    [span('  '), mark(entry, screen.glyphs), span(` ${place(entry)}  `), span(what, 'dim')],
    line(`      ${when(entry, last, screen)}`, 'dim'),
    ...text.map((one) => line(`      ${one}`, entry.gone === null ? null : 'dim')),
    ...(accepted === null ? [] : [line(`      ${acceptedWords(accepted)}`, 'dim')]),
  ].map((pieces) => fitLine(pieces, screen.columns));
}

function lastLine({ last, checks }: DriftShown, { clock }: Screen): Line {
  const who = last.schedule === null ? last.by : `schedule ${last.schedule}`;
  return [
    span(`checked ${checks === 1 ? 'once' : `${checks} times`}, last `, 'dim'),
    span(`${moment(last.at, clock)} by ${who}`, 'dim'),
    ...(last.failure === null
      ? []
      : [span(`; that failed: ${last.failure.code} ${oneLine(last.failure.message)}`, 'bad')]),
  ];
}

function historyLines(shown: DriftShown, screen: Screen): Line[] {
  const { runbook, inputs, entries, last, mend } = shown;
  const open = entries.filter(({ gone }) => gone === null);
  const past = entries.filter(({ gone }) => gone !== null);
  const counted = open.filter((entry) => entry.kind !== 'undetermined' && entry.accepted === null);
  const lines = (some: readonly Entry[]): Line[] =>
    some.flatMap((entry) => entryLines(entry, last.at, screen));
  return [
    [
      span('Drift of '),
      span(runbook, 'strong'),
      span(`  ${oneLine(inputWords(inputs))}`.trimEnd(), 'dim'),
    ],
    lastLine(shown, screen),
    blank,
    ...(open.length === 0
      ? [[span(`  ${screen.glyphs.done} `, 'good'), span('no drift')]]
      : lines(open)),
    ...(past.length === 0 ? [] : [blank, line('Gone:', 'dim'), ...lines(past)]),
    ...(counted.length === 0
      ? []
      : [
          blank,
          mendLine(
            counted.map(({ kind }) => kind),
            mend,
          ),
        ]),
  ].map((pieces) => fitLine(pieces, screen.columns));
}

/** The drift on record: what lasts, since when, who has accepted it, and what is gone. */
export function driftShownView(all: readonly DriftShown[], screen: Screen): Line[] {
  if (all.length === 0) {
    return [line('No check for drift is on record. runbook schedule create makes them.', 'dim')];
  }
  return all.flatMap((shown, at) => [...(at === 0 ? [] : [blank]), ...historyLines(shown, screen)]);
}
