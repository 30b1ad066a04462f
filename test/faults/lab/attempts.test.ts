import { expect, test } from '@jest/globals';
import { attemptOf, overlapping } from './attempts.js';

const operation = 'ref-1_0123456789abcdef01234567';

test("the attempt is read from the wrapper's command line, and that of another run is none", () => {
  const line = ['/bin/sh', '-c', 'm=$1', 'runbook', operation, '1795764000000', 'id', 'apply'];
  expect(attemptOf(line.join('\0'), 'ref-1')).toEqual({ operation, fence: 1795764000000 });
  expect(attemptOf(line.join('\0'), 'ref-12')).toBeNull();
  expect(attemptOf('', 'ref-1')).toBeNull();
});

test('two attempts at one operation are at work at once only where the older still is', () => {
  const older = { pid: '10', operation, fence: 1 };
  const newer = { pid: '11', operation, fence: 2 };
  const always = (): boolean => true;
  expect(overlapping([newer, older], always)).toEqual([
    `${operation}: attempt 1 was at work beside 2`,
  ]);
  expect(overlapping([newer, older], () => false)).toEqual([]);
  // Two commands of one attempt, and another step.
  expect(overlapping([older, { ...older, pid: '12' }], always)).toEqual([]);
  expect(overlapping([older, { ...newer, operation: 'ref-1_other' }], always)).toEqual([]);
});
