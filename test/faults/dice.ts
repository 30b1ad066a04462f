/** A seeded source of chance: the same seed makes the same faults at the same places. */
export class Dice {
  readonly seed: number;
  #state: number;

  constructor(seed: number) {
    this.seed = seed;
    this.#state = seed >>> 0;
  }

  /** At least 0, below 1 (mulberry32). */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** A whole number from 0 to below `end`. */
  below(end: number): number {
    return Math.floor(this.next() * end);
  }

  pick<T>(from: readonly T[]): T {
    const chosen = from[this.below(from.length)];
    if (chosen === undefined) throw new Error('nothing to pick from');
    return chosen;
  }

  shuffled<T>(from: readonly T[]): T[] {
    const left = [...from];
    for (let end = left.length; end > 1; end -= 1) {
      const other = this.below(end);
      [left[end - 1], left[other]] = [left[other] as T, left[end - 1] as T];
    }
    return left;
  }

  /** Another source, for a part that must not depend on how often this one is used. */
  fork(): Dice {
    return new Dice(this.below(2 ** 31));
  }
}
