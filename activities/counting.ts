import { excerpt } from '../core/excerpt.js';
import type { Pulse } from '../core/run/request.js';
import { noTiming, withCall } from '../core/run/timing.js';

/** Counts of a probe so far. */
export type Counts = NonNullable<Pulse['probe']>;

/** The calls of a probe, counted on from what an attempt before had told last. */
export class Counting {
  /** Whether its calls tell how long they took. */
  readonly #timed: boolean;
  readonly #now: () => number;
  readonly #counts: Counts;
  #lastGood: number;

  /** `now`: a clock in ms that never goes back. */
  constructor(
    last: Counts | undefined,
    timed: boolean,
    now: () => number = () => performance.now(),
  ) {
    this.#timed = timed;
    this.#now = now;
    this.#counts = { sent: 0, failed: 0, longestGapMs: 0, lastFailure: null, ...last };
    this.#lastGood = now();
  }

  /** A call that was answered; in so many ms, where it tells. */
  answered(tookMs: number | null | undefined): void {
    const counts = this.#counts;
    counts.sent += 1;
    this.#gap();
    this.#lastGood = this.#now();
    if (typeof tookMs === 'number') counts.timing = withCall(counts.timing ?? noTiming, tookMs);
  }

  /** A call that failed, and why. */
  failed(why: string): void {
    const counts = this.#counts;
    counts.sent += 1;
    counts.failed += 1;
    counts.lastFailure = excerpt(why, 256);
    if (this.#timed) counts.timing = withCall(counts.timing ?? noTiming, null);
  }

  soFar(): Counts {
    return { ...this.#counts };
  }

  /** The counts at the end: the time since the last answer is a gap like any other. */
  atEnd(): Counts {
    this.#gap();
    return this.soFar();
  }

  #gap(): void {
    const counts = this.#counts;
    counts.longestGapMs = Math.max(counts.longestGapMs, Math.round(this.#now() - this.#lastGood));
  }
}
