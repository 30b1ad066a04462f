import type { StepRecord } from '../../core/record.js';
import type { PlanKind, RunState } from '../../core/run/outcome.js';
import type { Span, Tone } from './line.js';

/** The few signs of the views. */
export interface Glyphs {
  readonly done: string;
  readonly skipped: string;
  readonly failed: string;
  readonly undone: string;
  readonly busy: string;
  readonly waits: string;
  readonly pending: string;
  readonly bar: string;
  readonly change: string;
  readonly destroy: string;
  readonly unknown: string;
  readonly arrow: string;
  readonly dot: string;
}

export const unicode: Glyphs = {
  done: '✓',
  skipped: '–',
  failed: '✗',
  undone: '↩',
  busy: '▸',
  waits: '‖',
  pending: '·',
  bar: '│',
  change: '~',
  destroy: '!',
  unknown: '?',
  arrow: '→',
  dot: '·',
};

/** For terminals that show nothing but ASCII. */
export const ascii: Glyphs = {
  done: '+',
  skipped: '-',
  failed: 'x',
  undone: '<',
  busy: '>',
  waits: '=',
  pending: '.',
  bar: '|',
  change: '~',
  destroy: '!',
  unknown: '?',
  arrow: '->',
  dot: '-',
};

/** The signs for an environment: ASCII where its locale says that it shows nothing else. */
export function glyphsFor(environment: Readonly<Record<string, string | undefined>>): Glyphs {
  const locale =
    environment['LC_ALL'] || environment['LC_CTYPE'] || environment['LANG'] || undefined;
  if (locale === undefined) return unicode;
  return /utf-?8/i.test(locale) ? unicode : ascii;
}

/** Sign and tone of a step. */
export function stepMark(step: StepRecord, glyphs: Glyphs): Required<Span> {
  const { outcome, phase } = step;
  switch (outcome) {
    case null:
      if (phase === null) return { text: glyphs.pending, tone: 'dim' };
      if (phase === 'parked') return { text: glyphs.failed, tone: 'bad' };
      if (phase === 'waiting' && (step.kind === 'manual' || step.kind === 'approval'))
        return { text: glyphs.waits, tone: 'warn' };
      return { text: glyphs.busy, tone: 'busy' };
    case 'changed':
    case 'unchanged':
    case 'confirmed':
    case 'restored':
      return { text: glyphs.done, tone: 'good' };
    case 'skipped':
      return { text: glyphs.skipped, tone: 'dim' };
    case 'failed':
      return { text: glyphs.failed, tone: 'bad' };
    case 'undone':
      return { text: glyphs.undone, tone: 'warn' };
    default: {
      const never: never = outcome;
      return never;
    }
  }
}

/** Tone of a run's state. */
export function stateTone(state: RunState): Tone {
  switch (state) {
    case 'succeeded':
    case 'done':
      return 'good';
    case 'refused':
    case 'stopped':
    case 'parked':
      return 'bad';
    case 'waiting':
    case 'paused':
    case 'queued':
    case 'undoing':
    case 'undone':
    case 'cancelled':
      return 'warn';
    case 'resolving':
    case 'running':
      return 'busy';
    default: {
      const never: never = state;
      return never;
    }
  }
}

/** Sign and tone of a planned step. */
export function planMark(kind: PlanKind, glyphs: Glyphs): Required<Span> {
  switch (kind) {
    case 'no-op':
    case 'holds':
      return { text: glyphs.done, tone: 'good' };
    case 'change':
      return { text: glyphs.change, tone: 'warn' };
    case 'disrupt':
      return { text: glyphs.change, tone: 'bad' };
    case 'destroy':
      return { text: glyphs.destroy, tone: 'bad' };
    case 'does-not-hold':
      return { text: glyphs.failed, tone: 'bad' };
    case 'undetermined':
      return { text: glyphs.unknown, tone: 'bad' };
    case 'deferred':
      return { text: glyphs.pending, tone: 'dim' };
    case 'manual':
      return { text: glyphs.waits, tone: 'warn' };
    case 'skipped':
      return { text: glyphs.skipped, tone: 'dim' };
    default: {
      const never: never = kind;
      return never;
    }
  }
}
