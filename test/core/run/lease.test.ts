import { expect, test } from '@jest/globals';
import {
  claim,
  expire,
  freeLease,
  heldBy,
  newHolders,
  release,
  type LeaseClaim,
  type LeaseMode,
  type LeaseState,
} from '../../../core/run/lease.js';

const noon = Date.parse('2026-01-01T12:00:00Z');
const at = (seconds: number): string => new Date(noon + seconds * 1000).toISOString();
const by = (run: string, mode: LeaseMode = 'exclusive', seconds = 0): LeaseClaim => ({
  run,
  user: 'ann',
  purpose: 'p',
  mode,
  since: at(seconds),
  until: null,
});
const free = freeLease('host/a');
const runs = (claims: readonly LeaseClaim[]): string[] => claims.map(({ run }) => run);

/** The lease after these have asked for it, one after the other, and wait where they must. */
function asked(...claims: readonly LeaseClaim[]): LeaseState {
  return claims.reduce((state, one) => claim(state, one, true).state, free);
}

test('the first has it, the others wait in order, twice is once', () => {
  const first = claim(free, by('r1'), false);
  expect(first.answer).toMatchObject({ fence: noon, position: 0 });
  expect(claim(first.state, by('r1'), false).state).toBe(first.state);
  const refused = claim(first.state, by('r2'), false);
  expect(refused.answer).toMatchObject({ fence: null, position: 0, holders: [{ run: 'r1' }] });
  expect(refused.state.queue).toEqual([]);
  const third = claim(asked(by('r1'), by('r2')), by('r3'), true);
  expect(third.answer.position).toBe(2);
  expect(claim(third.state, by('r2'), true)).toMatchObject({
    answer: { position: 1 },
    state: third.state,
  });
});

test('the next in the queue gets it; leaving the queue is no harm', () => {
  let state = asked(by('r1'), by('r2'), by('r3'), by('r4'));
  state = release(state, 'r3', at(1));
  state = release(state, 'r1', at(2));
  expect(state).toMatchObject({ holders: [{ run: 'r2', since: at(2) }], queue: [{ run: 'r4' }] });
  expect(release(state, 'stranger', at(3))).toEqual(state);
  state = release(release(state, 'r2', at(3)), 'r4', at(4));
  expect(state).toMatchObject({ holders: [], queue: [] });
});

test('several share it; one who wants it alone waits for all, and is not overtaken', () => {
  let state = asked(by('s1', 'shared'), by('s2', 'shared'), by('x'), by('s3', 'shared'));
  expect(runs(state.holders)).toEqual(['s1', 's2']);
  expect(runs(state.queue)).toEqual(['x', 's3']);
  expect(claim(state, by('s4', 'shared'), false).answer.fence).toBeNull();
  state = release(state, 's1', at(1));
  expect(runs(state.holders)).toEqual(['s2']);
  state = release(state, 's2', at(2));
  expect(runs(state.holders)).toEqual(['x']);
  state = release(state, 'x', at(3));
  expect(runs(state.holders)).toEqual(['s3']);
});

test('who leaves the queue makes way for those behind', () => {
  const state = asked(by('s1', 'shared'), by('x'), by('s2', 'shared'));
  const after = release(state, 'x', at(1));
  expect(runs(after.holders)).toEqual(['s1', 's2']);
  expect(runs(newHolders(state, after))).toEqual(['s2']);
});

test('each grant has a higher number, also in the next life of a lease and when the clock stands still', () => {
  let state = asked(by('r1'), by('r2'), by('r3'));
  const numbers = [state.fence];
  for (const run of ['r1', 'r2']) {
    state = release(state, run, at(0));
    numbers.push(state.fence);
  }
  expect(numbers).toEqual([noon, noon + 1, noon + 2]);
  expect(asked(by('r4', 'exclusive', 1)).fence).toBeGreaterThan(state.fence);
});

test('a hold ends by itself, and the next gets it', () => {
  const hold = { ...by('hold/ann'), until: at(60), purpose: 'new disk' };
  const state = asked(hold, by('r1'));
  expect(heldBy('host/a', state.holders[0]!)).toBe(
    `host/a is held by ann until ${at(60)}: new disk`,
  );
  expect(expire(state, at(59))).toBe(state);
  expect(runs(expire(state, at(60)).holders)).toEqual(['r1']);
  // A claim that comes before anybody has noticed finds it free.
  expect(claim(asked(hold), by('r2', 'exclusive', 61), false).answer.fence).not.toBeNull();
});

test('a hold is held on by holding it again', () => {
  const hold = { ...by('hold/ann'), until: at(60) };
  const again = claim(asked(hold), { ...hold, until: at(600), purpose: 'longer' }, false);
  expect(again.state.holders).toMatchObject([
    { run: 'hold/ann', until: at(600), purpose: 'longer', since: at(0), fence: noon },
  ]);
});
