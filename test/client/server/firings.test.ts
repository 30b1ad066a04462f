import { expect, test } from '@jest/globals';
import { outcomeOf } from '../../../client/server/firings.js';
import { plan, planned } from '../records.js';

test('what a plan says about drift', () => {
  const still = [planned('a'), planned('b', { kind: 'holds' }), planned('c', { kind: 'deferred' })];
  expect(outcomeOf(plan(still))).toEqual({ outcome: 'no-drift', steps: [] });
  const unknown = planned('u', { kind: 'undetermined', drift: 'no route' });
  expect(outcomeOf(plan([...still, unknown]))).toEqual({
    outcome: 'undetermined',
    steps: [{ path: 'u', target: 'web-1', kind: 'undetermined', drift: 'no route' }],
  });
  const off = planned('d', { kind: 'does-not-hold', drift: 'down' });
  const more = planned('e', { kind: 'destroy', drift: 'gone' });
  const { outcome, steps } = outcomeOf(plan([unknown, off, more, ...still]));
  expect(outcome).toBe('drift');
  expect(steps.map(({ path }) => path)).toEqual(['d', 'e', 'u']);
});
