import { expect, test } from '@jest/globals';
import { exitOfCode, exitOfRun } from '../../client/exit.js';
import type { Failure } from '../../core/record.js';
import { runStates } from '../../core/run/outcome.js';

const failure = (code: string): Failure => ({ code, message: '', hint: null, class: 'permanent' });

test('every state of a run has its exit code', () => {
  expect(
    Object.fromEntries(runStates.map((state) => [state, exitOfRun({ state, failure: null })])),
  ).toEqual({
    resolving: 0,
    queued: 0,
    running: 0,
    waiting: 3,
    paused: 3,
    parked: 3,
    undoing: 0,
    done: 0,
    succeeded: 0,
    refused: 1,
    undone: 4,
    stopped: 4,
    cancelled: 4,
  });
});

test('a lease that is held is 5, a probe that lost calls is 1', () => {
  expect(exitOfRun({ state: 'refused', failure: failure('lease-held') })).toBe(5);
  expect(exitOfRun({ state: 'refused', failure: failure('guard-failed') })).toBe(1);
  expect(exitOfRun({ state: 'succeeded', failure: failure('probe-failed') })).toBe(1);
});

test.each([
  ['usage', 64],
  ['input-invalid', 64],
  ['server-unavailable', 69],
  ['worker-unavailable', 69],
  ['lease-held', 5],
  ['not-found', 1],
  ['definition-invalid', 1],
  ['internal', 1],
])('an error %s is %i', (code, exit) => {
  expect(exitOfCode(code)).toBe(exit);
});
