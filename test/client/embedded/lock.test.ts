import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { withLock } from '../../../client/embedded/lock.js';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'rb-lock-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

test('one at a time, and everybody in the end', async () => {
  const path = join(folder, 'a.lock');
  let inside = 0;
  let most = 0;
  let done = 0;
  await Promise.all(
    Array.from({ length: 8 }, () =>
      withLock(path, async () => {
        inside += 1;
        most = Math.max(most, inside);
        await pause(5);
        inside -= 1;
        done += 1;
      }),
    ),
  );
  expect(most).toBe(1);
  expect(done).toBe(8);
});

test('a holder that died holds nothing; whatever it left in the file', async () => {
  for (const left of [
    '{"pid":999999999,"began":"x"}',
    `{"pid":${process.pid},"began":"long ago"}`,
    '',
    '{"pi',
  ]) {
    const path = join(folder, 'stale.lock');
    writeFileSync(path, left);
    expect(await withLock(path, async () => 'had')).toBe('had');
  }
});

test('it is given back when the work fails', async () => {
  const path = join(folder, 'fails.lock');
  await expect(withLock(path, async () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(await withLock(path, async () => 'again')).toBe('again');
});

test('who waits is told whom for, once', async () => {
  const path = join(folder, 'wait.lock');
  const told: number[] = [];
  const first = withLock(path, () => pause(300));
  await pause(50);
  expect(JSON.parse(readFileSync(path, 'utf8'))).toMatchObject({ pid: process.pid });
  await withLock(path, async () => undefined, { onWait: (pid) => told.push(pid) });
  await first;
  expect(told).toEqual([process.pid]);
});
