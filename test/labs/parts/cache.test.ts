import { expect, test } from '@jest/globals';
import { cacheRoot, openCache } from '../../../labs/parts/builder/cache.js';

test('the cache is where the variables say, the nearest one first', () => {
  const home = { HOME: '/home/a' };
  expect(cacheRoot(home)).toBe('/home/a/.cache/runbook');
  expect(cacheRoot({ ...home, XDG_CACHE_HOME: '/x' })).toBe('/x/runbook');
  expect(cacheRoot({ ...home, XDG_CACHE_HOME: 'relative' })).toBe('/home/a/.cache/runbook');
  expect(cacheRoot({ ...home, XDG_CACHE_HOME: '/x', RUNBOOK_CACHE_DIR: '/own' })).toBe('/own');
  expect(cacheRoot({ ...home, RUNBOOK_CACHE_DIR: '' })).toBe('/home/a/.cache/runbook');
});

test('a build lies below its part and key', () => {
  expect(openCache('/c').build('rootfs', '0123')).toBe('/c/parts/rootfs/0123');
});
