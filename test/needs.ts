import { test } from '@jest/globals';
import { lacking, type Needs } from './lacking.js';
import { patience } from './patience.js';

export { lacking, type Needs };

/** Registers a test: its title, its body, and its limit in ms. */
export type Register = (title: string, body: () => Promise<void> | void, timeout?: number) => void;

/**
 * `test` where the machine has what is needed; else a skipped test whose name says what is missing. Those that are
 * concurrent go side by side, as many as jest's maxConcurrency.
 */
export function needs(what: Needs, { concurrent = false } = {}): Register {
  const lacks = lacking(what);
  // Real tools on a busy machine take longer than what jest allows by itself.
  if (lacks.length === 0) {
    return (title, body, timeout = 60_000) => {
      if (concurrent) test.concurrent(title, async () => body(), timeout * patience);
      else test(title, body, timeout * patience);
    };
  }
  const { skip } = test;
  return (title, body, timeout) => {
    skip(`${title} (skipped: needs ${lacks.join(', ')})`, body, timeout);
  };
}
