import { expect } from '@jest/globals';
import { needs } from '../needs.js';
import { memoryLimit, peakOf, tooLarge } from './memory.js';

const test = needs({ linux: true });

test('the most memory that a process has held is in its status', () => {
  expect(peakOf('Name:\tnode\nVmHWM:\t  256476 kB\nVmRSS:\t  1000 kB\n')).toBe(256_476 * 1024);
  expect(peakOf('Name:\tnode\nState:\tZ (zombie)\n')).toBeNull();
});

test('a process that has held too much is found, one that is gone is not', () => {
  const large = Buffer.alloc(memoryLimit + 1024 * 1024, 1);
  const [found] = tooLarge('this test', process.pid);
  expect(found?.invariant).toBe('I8');
  expect(found?.what).toMatch(/^this test has held \d+ MiB$/);
  expect(large[5]).toBe(1);
  expect(tooLarge('nobody', 2 ** 22 + 1)).toEqual([]);
});
