import type { RunRecord } from '../../../core/record.js';
import { author } from '../../../core/run/ballot.js';
import { stateTone } from '../glyphs.js';
import { word } from '../step.js';
import { code, strong, words, type Phrase } from './pieces.js';

interface Event {
  readonly at: string;
  readonly what: Phrase;
}

function events(record: RunRecord): Event[] {
  return [
    { at: record.startedAt, what: words('the run began') },
    ...record.steps.flatMap((step) => [
      ...(step.startedAt === null
        ? []
        : [{ at: step.startedAt, what: [...code(step.path), ...words(' began')] }]),
      ...(step.endedAt === null
        ? []
        : [{ at: step.endedAt, what: [...code(step.path), ...words(` ${word(step)}`)] }]),
    ]),
    ...record.decisions.map(({ at, by, signed, verb, step, reason }) => ({
      at,
      what: [
        ...strong(verb),
        ...(step === null ? [] : [...words(' '), ...code(step)]),
        ...words(` by ${author({ by, signed })}`),
        ...(reason === '' ? [] : words(`: ${reason}`)),
      ],
    })),
    ...(record.endedAt === null
      ? []
      : [
          {
            at: record.endedAt,
            what: [...words('the run ended '), ...words(record.state, stateTone(record.state))],
          },
        ]),
  ];
}

/** What happened and was decided, in the order of time. */
export function timeline(record: RunRecord): Phrase[] {
  return events(record)
    .map((event, order) => ({ ...event, order }))
    .toSorted((a, b) => Date.parse(a.at) - Date.parse(b.at) || a.order - b.order)
    .map(({ at, what }) => [...words(`${at.slice(0, 10)} ${at.slice(11, 19)} `), ...what]);
}
