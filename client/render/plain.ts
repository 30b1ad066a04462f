import type { RunRecord, StepRecord } from '../../core/record.js';
import { author } from '../../core/run/ballot.js';
import { changes, type Change } from '../view/changes.js';
import { stepMark, type Glyphs } from '../view/glyphs.js';
import { blank, line, span, type Line } from '../view/line.js';
import { settled } from '../view/live.js';
import { menu } from '../view/menu.js';
import { changedSoFar, ending, inputWords } from '../view/run.js';
import { word } from '../view/step.js';
import { tally } from '../view/tally.js';
import { elapsed, moment, type Clock } from '../view/time.js';
import { oneLine } from '../view/width.js';
import { failureWords } from '../view/words.js';
import type { Follower } from './follower.js';
import type { Output } from './output.js';

/** The same step's live drift is told again after so long, ms: a log is no screen. */
const driftEveryMs = 10_000;

/** Phases that pass too quickly to be worth a line of a log. */
function worthALine(step: StepRecord): boolean {
  return step.outcome !== null || (step.phase !== 'checking' && step.phase !== null);
}

/** Tells a run line by line: for pipes, files and CI. */
export class PlainFollower implements Follower {
  readonly #output: Output;
  readonly #glyphs: Glyphs;
  readonly #clock: () => Clock;
  /** What has happened from then on is told, ms: 0 for a run that has just begun; null: only what is to come. */
  readonly #since: number | null;
  #before: RunRecord | null = null;
  #trouble: string | null = null;
  /** What was last said of a step's drift, and when. */
  readonly #said = new Map<string, { readonly text: string; readonly at: number }>();

  constructor(output: Output, glyphs: Glyphs, clock: () => Clock, since: number | null) {
    this.#output = output;
    this.#glyphs = glyphs;
    this.#clock = clock;
    this.#since = since;
  }

  show(...[sight]: Parameters<Follower['show']>): void {
    const record = settled(sight.record);
    const lines = this.#before === null ? this.#opening(record) : [];
    for (const change of changes(this.#start(record), record)) {
      lines.push(...this.#told(change, record));
    }
    if (sight.trouble !== this.#trouble && sight.trouble !== null)
      lines.push([this.#now(), span(sight.trouble, 'warn')]);
    this.#trouble = sight.trouble;
    this.#before = record;
    this.#output.lines(lines);
  }

  finish(...[sight, why]: Parameters<Follower['finish']>): void {
    this.show(sight, null);
    if (why === 'left' || why === 'lost') return;
    const screen = { columns: this.#output.columns, glyphs: this.#glyphs, clock: this.#clock() };
    const watch = line(`runbook watch ${sight.record.run} follows it further`, 'dim');
    this.#output.lines([
      ...ending(settled(sight.record), screen),
      ...changedSoFar(sight.record, screen),
      ...(why === 'waiting' ? [blank, watch] : []),
    ]);
  }

  /** What is compared with: nothing for a new run; for an old one what has ended is not told again. */
  #start(record: RunRecord): RunRecord | null {
    const since = this.#since;
    if (this.#before !== null || since === 0) return this.#before;
    const isNews = (at: string | null): boolean =>
      since !== null && at !== null && Date.parse(at) >= since;
    const steps = record.steps.filter(
      ({ outcome, endedAt }) => outcome !== null && outcome !== 'failed' && !isNews(endedAt),
    );
    const decisions = record.decisions.filter(({ at }) => !isNews(at));
    return { ...record, state: 'resolving', steps, decisions, waitingFor: [] };
  }

  #opening(record: RunRecord): Line[] {
    const inputs = oneLine(inputWords(record.inputs));
    const soFar = this.#since === 0 ? '' : tally(record.steps);
    return [
      [
        span(`${moment(record.startedAt, this.#clock())} `, 'dim'),
        span(`run ${record.run}`, 'strong'),
        span(`${inputs === '' ? '' : ` ${inputs}`} by ${oneLine(record.startedBy)}`, 'dim'),
        span(soFar === '' ? '' : `; so far ${soFar}`, 'dim'),
      ],
    ];
  }

  #now(): { text: string; tone: 'dim' } {
    const clock = this.#clock();
    return { text: `${moment(new Date(clock.now).toISOString(), clock)} `, tone: 'dim' };
  }

  #told(change: Change, record: RunRecord): Line[] {
    const clock = this.#clock();
    switch (change.type) {
      case 'state':
        return [[this.#now(), span(`the run is ${change.state}`)]];
      case 'decision': {
        const { at, verb, step, reason } = change.decision;
        const what = `${verb}${step === null ? '' : ` ${step}`} by ${author(change.decision)}${reason === '' ? '' : `: ${reason}`}`;
        return [[span(`${moment(at, clock)} `, 'dim'), span(oneLine(what))]];
      }
      case 'step':
        return worthALine(change.step) ? [this.#step(change.step), ...this.#next(change.step)] : [];
      case 'drift': {
        const last = this.#said.get(change.step.path)?.at ?? 0;
        return clock.now - last < driftEveryMs ? [] : [this.#step(change.step)];
      }
      case 'waiting':
        return menu({ ...record, waitingFor: [change.waiting] }, this.#output.columns, clock);
      case 'ended':
        return [];
      default: {
        const never: never = change;
        return never;
      }
    }
  }

  #step(step: StepRecord): Line {
    const clock = this.#clock();
    const at = step.endedAt ?? new Date(clock.now).toISOString();
    const took =
      step.outcome === null || step.outcome === 'undone'
        ? ''
        : ` ${elapsed(step.startedAt, step.endedAt, clock)}`;
    const target = step.path.endsWith(`[${step.target}]`) ? null : step.target;
    const where = target === null ? '' : ` on ${target}`;
    const attempt = step.phase === 'retrying' ? ` after attempt ${step.attempts}` : '';
    const why = this.#why(step, clock);
    return [
      span(`${moment(at, clock)} `, 'dim'),
      stepMark(step, this.#glyphs),
      span(` ${step.path} ${word(step)}${attempt}${where}${took}`),
      span(why === '' ? '' : `: ${why}`, 'dim'),
    ];
  }

  /** What to do about a failure that is not simply tried again. */
  #next({ failure, outcome, phase }: StepRecord): Line[] {
    const stays = phase === 'parked' || outcome === 'failed';
    if (!stays || failure === null || failure.hint === null) return [];
    return [line(`         ${this.#glyphs.arrow} ${oneLine(failure.hint)}`, 'dim')];
  }

  /** Why it stands as it does; what was said of the step before is not said again. */
  #why(step: StepRecord, clock: Clock): string {
    if (step.failure !== null && step.outcome !== 'undone') return failureWords(step.failure);
    if (step.note !== null) return oneLine(step.note);
    const text = oneLine(step.drift ?? '');
    const known = this.#said.get(step.path)?.text === text;
    this.#said.set(step.path, { text, at: clock.now });
    return known ? '' : text;
  }
}
