import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import type { Violation } from './evidence.js';
import { recoveryMs } from './recovery.js';

/** One round of faults, as it is told. */
export interface Round {
  readonly name: string;
  readonly seed: number;
  /** What was judged: kills, runs or files. */
  readonly trials: number;
  readonly histories: number;
  readonly violations: readonly Violation[];
  /** Faults that were done, by kind. */
  readonly faults: Readonly<Record<string, number>>;
  /** Time from a kill until what it had interrupted was begun again, ms. */
  readonly recoveries: readonly number[];
  /** Begin and end, ms since 1970. */
  readonly from: number;
  readonly to: number;
}

/**
 * Upper end of the 95 % interval of a rate of failures, after `failed` of `trials`: 3/n where none has failed (the
 * rule of three), else by Wilson.
 */
export function upperBound(failed: number, trials: number): number {
  if (trials === 0) return 1;
  if (failed === 0) return Math.min(1, 3 / trials);
  const z = 1.96;
  const rate = failed / trials;
  const centre = rate + (z * z) / (2 * trials);
  const half = z * Math.sqrt((rate * (1 - rate)) / trials + (z * z) / (4 * trials * trials));
  return Math.min(1, (centre + half) / (1 + (z * z) / trials));
}

/** Time in which anything was at work, ms: rounds go side by side, and some on another day. */
export function timeSpent(rounds: readonly Pick<Round, 'from' | 'to'>[]): number {
  let spent = 0;
  let until = 0;
  for (const { from, to } of rounds.toSorted((a, b) => a.from - b.from)) {
    spent += Math.max(0, to - Math.max(from, until));
    until = Math.max(until, to);
  }
  return spent;
}

/** The value that so large a part of the values does not exceed. */
function quantile(sorted: readonly number[], part: number): number {
  return sorted[Math.ceil(part * sorted.length) - 1] ?? Number.NaN;
}

/** Rounds of earlier times in a file, one a line; none where there is no file yet. */
export function readRounds(path: string): readonly Round[] {
  if (!existsSync(path)) return [];
  const lines = readFileSync(path, 'utf8').split('\n');
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as Round);
}

/** What all rounds came to; with a file, also those of earlier times. */
export class Tally {
  readonly #rounds: Round[];
  readonly #path: string | null;

  constructor(path: string | null = null) {
    this.#path = path;
    this.#rounds = path === null ? [] : [...readRounds(path)];
  }

  add(round: Round): void {
    this.#rounds.push(round);
    if (this.#path !== null) appendFileSync(this.#path, `${JSON.stringify(round)}\n`);
  }

  /** The first seed that no round has had; null where there was none. */
  get nextSeed(): number | null {
    const seeds = this.#rounds.map(({ seed }) => seed);
    return seeds.length === 0 ? null : Math.max(...seeds) + 1;
  }

  get sound(): boolean {
    return this.#rounds.every(({ violations }) => violations.length === 0);
  }

  /** By scenario: trials, failed rounds, and what that proves. */
  lines(): string[] {
    const names = [...new Set(this.#rounds.map(({ name }) => name))].sort();
    const rows = names.map((name) => {
      const rounds = this.#rounds.filter((round) => round.name === name);
      return this.#line(name, rounds);
    });
    const minutes = (timeSpent(this.#rounds) / 60_000).toFixed(1);
    const spent = `${this.#rounds.length} rounds in ${minutes} minutes`;
    return [...rows, spent, ...this.#recovery(), '', ...this.#faults()];
  }

  #faults(): string[] {
    const counts = new Map<string, number>();
    for (const { faults } of this.#rounds)
      for (const [kind, count] of Object.entries(faults))
        counts.set(kind, (counts.get(kind) ?? 0) + count);
    const sorted = [...counts].sort(([a], [b]) => (a < b ? -1 : 1));
    return sorted.map(([kind, count]) => `${String(count).padStart(7)}  ${kind}`);
  }

  #recovery(): string[] {
    const times = this.#rounds.flatMap(({ recoveries }) => recoveries).toSorted((a, b) => a - b);
    if (times.length === 0) return [];
    const [half, most, all] = [0.5, 0.95, 1].map((part) =>
      (quantile(times, part) / 1000).toFixed(1),
    );
    const late = times.filter((ms) => ms > recoveryMs).length;
    return [
      `begun again after the kill of a worker: ${times.length} times, half of them within ${half} s, ` +
        `95 % within ${most} s, all within ${all} s; ${late} later than ${recoveryMs / 1000} s`,
    ];
  }

  #line(name: string, rounds: readonly Round[]): string {
    const sum = (of: (round: Round) => number): number =>
      rounds.reduce((total, round) => total + of(round), 0);
    const trials = sum(({ trials }) => trials);
    const violations = sum((round) => round.violations.length);
    const bound = upperBound(Math.min(violations, trials), trials);
    const seeds = rounds.filter((round) => round.violations.length > 0).map(({ seed }) => seed);
    return (
      `${name.padEnd(18)} ${String(trials).padStart(7)} trials  ${violations} violations  ` +
      `rate < ${(bound * 100).toPrecision(2)} % at 95 %  ${sum(({ histories }) => histories)} histories replayed` +
      (seeds.length === 0 ? '' : `  failing seeds: ${seeds.join(', ')}`)
    );
  }
}
