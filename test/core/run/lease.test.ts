import { expect, test } from '@jest/globals';
import { claim, release, type LeaseClaim, type LeaseState } from '../../../core/run/lease.js';

const by = (run: string): LeaseClaim => ({
  run,
  user: 'ann',
  purpose: 'p',
  since: '2026-01-01T00:00:00Z',
});
const free: LeaseState = { resource: 'host/a', holder: null, queue: [] };

test('the first has it, the others wait in order, twice is once', () => {
  const first = claim(free, by('r1'), false);
  expect(first.answer).toMatchObject({ granted: true, position: 0 });
  expect(claim(first.state, by('r1'), false).state).toBe(first.state);
  const refused = claim(first.state, by('r2'), false);
  expect(refused).toMatchObject({ answer: { granted: false, holder: { run: 'r1' }, position: 0 } });
  expect(refused.state.queue).toEqual([]);
  const second = claim(first.state, by('r2'), true);
  const third = claim(second.state, by('r3'), true);
  expect(third.answer.position).toBe(2);
  expect(claim(third.state, by('r2'), true)).toMatchObject({
    answer: { position: 1 },
    state: third.state,
  });
});

test('the next in the queue gets it; leaving the queue is no harm', () => {
  let state = claim(free, by('r1'), true).state;
  for (const run of ['r2', 'r3', 'r4']) state = claim(state, by(run), true).state;
  state = release(state, 'r3', 't');
  state = release(state, 'r1', 't');
  expect(state).toMatchObject({ holder: { run: 'r2', since: 't' }, queue: [{ run: 'r4' }] });
  expect(release(state, 'stranger', 't')).toEqual(state);
  state = release(release(state, 'r2', 't'), 'r4', 't');
  expect(state).toEqual(free);
});
