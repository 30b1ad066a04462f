import type { Violation } from './evidence.js';

/** One round of faults, as it is told. */
export interface Round {
  readonly name: string;
  readonly seed: number;
  /** What was judged: kills, runs or files. */
  readonly trials: number;
  readonly histories: number;
  readonly violations: readonly Violation[];
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

/** What all rounds came to. */
export class Tally {
  readonly #rounds: Round[] = [];
  readonly #faults = new Map<string, number>();

  add(round: Round, faults: ReadonlyMap<string, number>): void {
    this.#rounds.push(round);
    for (const [kind, count] of faults)
      this.#faults.set(kind, (this.#faults.get(kind) ?? 0) + count);
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
    const faults = [...this.#faults].sort(([a], [b]) => (a < b ? -1 : 1));
    return [...rows, '', ...faults.map(([kind, count]) => `${String(count).padStart(7)}  ${kind}`)];
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
