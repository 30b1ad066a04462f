import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { takeLock } from '../../../labs/parts/builder/lock.js';
import { ownFolder } from './folder.js';

const never = new AbortController().signal;

async function lockFile(): Promise<string> {
  return join(await ownFolder('lock'), 'part', 'lock');
}

test('a second taker waits, says for whom, and goes on after the release', async () => {
  const file = await lockFile();
  const first = await takeLock(file, never, () => {});
  const waits: string[] = [];
  let taken = false;
  const second = takeLock(file, never, (holder) => waits.push(holder)).then((lock) => {
    taken = true;
    return lock;
  });
  while (waits.length === 0) await sleep(10);
  await sleep(50);
  expect(taken).toBe(false);
  expect(waits).toEqual([String(process.pid)]);
  await first.release();
  await (await second).release();
});

test('the lock of a killed builder is free', async () => {
  const file = await lockFile();
  await (await takeLock(file, never, () => {})).release();
  // what takeLock starts, in a builder of its own that holds the other end of cat's stdin
  const script = `const { spawn } = require('node:child_process');
    const cat = spawn('flock', ['--no-fork', '--exclusive', ${JSON.stringify(file)}, 'cat'], { detached: true });
    cat.stdin.write('held'); cat.stdout.once('data', () => console.log('held'));`;
  const builder = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(builder.stdout, 'data');
  const waits: string[] = [];
  const lock = takeLock(file, never, (holder) => waits.push(holder));
  while (waits.length === 0) await sleep(10);
  builder.kill('SIGKILL');
  await (await lock).release();
});

test('waiting ends when it is aborted', async () => {
  const file = await lockFile();
  const first = await takeLock(file, never, () => {});
  const controller = new AbortController();
  const second = takeLock(file, controller.signal, () => controller.abort(new Error('enough')));
  await expect(second).rejects.toThrow('enough');
  await first.release();
});
