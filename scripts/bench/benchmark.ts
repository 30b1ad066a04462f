import type { Series } from './harness.js';

/** A line of the table. */
export interface Row {
  readonly what: string;
  /** One value per round. */
  readonly values: readonly number[];
  readonly unit: string;
  /** The most that it should be; null where nothing was promised. */
  readonly target: number | null;
}

/** How often one thing is another: medians are compared. */
export interface Comparison {
  readonly what: string;
  readonly over: readonly number[];
  readonly under: readonly number[];
  /** The most that the ratio should be; null where nothing was promised. */
  readonly target: number | null;
  /** The least that it should be, where more is better. */
  readonly least?: number;
}

/** What came of one benchmark. */
export interface Outcome {
  readonly rows: readonly Row[];
  readonly ratios: readonly Comparison[];
  readonly notes: readonly string[];
  /** Everything that was measured. */
  readonly raw: Series;
}

/** What a benchmark is given. */
export interface Stage {
  /** A folder of its own, removed afterwards. */
  readonly folder: string;
  readonly rounds: number;
  /** False: without the tools that ours is compared with, which take most of the time. */
  readonly peers: boolean;
  say(text: string): void;
  /** What is to be done at the end, in any case; the last one first. */
  later(work: () => Promise<void> | void): void;
}

/** A benchmark: one file each. */
export interface Benchmark {
  readonly name: string;
  readonly summary: string;
  /** True: it is run in a network namespace of its own, where every loopback address is free. */
  readonly ownNetwork?: boolean;
  run(stage: Stage): Promise<Outcome>;
}
