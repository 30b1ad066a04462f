import { expect, test } from '@jest/globals';
import {
  formatBytes,
  formatProgress,
  formatSeconds,
} from '../../../labs/parts/builder/progress.js';
import type { Progress } from '../../../labs/parts/builder/progress.js';
import { plainView } from '../../../labs/parts/builder/progress-view.js';

const compiling: Progress = {
  part: 'kubernetes',
  position: 3,
  total: 9,
  state: 'building',
  doing: 'compiling',
  seconds: 130,
  aboutSeconds: 570,
  bytes: 0,
  log: '/c/log',
};

test.each([
  [compiling, '[3/9] kubernetes: compiling (2m10s, about 9m30s)'],
  [
    { ...compiling, state: 'waiting', doing: 'waiting for another builder, process 7' },
    '[3/9] kubernetes: waiting for another builder, process 7 (2m10s)',
  ],
  [{ ...compiling, state: 'done', bytes: 149e6 }, '[3/9] kubernetes: done in 2m10s, 149 MB'],
  [{ ...compiling, state: 'failed' }, '[3/9] kubernetes: failed after 2m10s'],
  [{ ...compiling, state: 'stopped' }, '[3/9] kubernetes: stopped after 2m10s'],
] as const)('a line of progress', (progress, line) => {
  expect(formatProgress(progress)).toBe(line);
});

test('seconds', () => {
  expect([0, 59.4, 60, 605, 3600, 3725].map(formatSeconds)).toEqual([
    '0s',
    '59s',
    '1m00s',
    '10m05s',
    '1h00m',
    '1h02m',
  ]);
});

test('bytes', () => {
  expect([512, 149e6, 1.25e9].map(formatBytes)).toEqual(['1 kB', '149 MB', '1.3 GB']);
});

test('without a terminal a line comes every ten seconds, and at each change of part or state', () => {
  const lines: string[] = [];
  let now = 0;
  const view = plainView(
    (line) => lines.push(line),
    () => now,
  );
  for (; now <= 21_000; now += 1000) view({ ...compiling, seconds: now / 1000 });
  expect(lines).toHaveLength(3);
  view({ ...compiling, state: 'waiting' });
  view({ ...compiling, state: 'done' });
  view({ ...compiling, part: 'etcd' });
  expect(lines).toHaveLength(6);
});
