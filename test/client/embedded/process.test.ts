import { spawn, type ChildProcess } from 'node:child_process';
import { afterEach, describe, expect, test } from '@jest/globals';
import { isRunning, mark, parseStat, stop, waitForEnd } from '../../../client/embedded/process.js';

const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

async function start(script: string): Promise<number> {
  const child = spawn(process.execPath, ['-e', `${script}; process.stdout.write('x')`], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  children.push(child);
  await new Promise((resolve) => child.stdout.once('data', resolve));
  return child.pid ?? 0;
}

const idle = 'setInterval(() => {}, 1000)';

describe('a process', () => {
  test('is known while it runs, and never taken for another', async () => {
    const pid = await start(idle);
    const own = mark(pid);
    expect(own).not.toBeNull();
    if (own === null) return;
    expect(isRunning(own)).toBe(true);
    // The same id with another beginning is another process: an id that was used again.
    expect(isRunning({ ...own, began: 'long ago' })).toBe(false);
    process.kill(pid, 'SIGKILL');
    expect(await waitForEnd(own, 10_000)).toBe(true);
    expect(mark(pid)).toBeNull();
  });

  test('is asked to end', async () => {
    const own = mark(await start(idle));
    if (own === null) throw new Error('it did not start');
    expect(await stop(own, 10_000)).toBe('gone');
  });

  test('is ended where it will not', async () => {
    const own = mark(await start(`process.on('SIGTERM', () => {}); ${idle}`));
    if (own === null) throw new Error('it did not start');
    expect(await stop(own, 300)).toBe('killed');
    expect(isRunning(own)).toBe(false);
  });

  test('a stranger is never signalled', async () => {
    const pid = await start(idle);
    expect(await stop({ pid, began: 'long ago' }, 100)).toBe('gone');
    expect(mark(pid)).not.toBeNull();
  });
});

test('a name may hold brackets and blanks', () => {
  const rest = `S ${Array.from({ length: 18 }, (_, i) => i).join(' ')} 4711 0 0`;
  expect(parseStat(`12 (a) b (c)) ${rest}`)).toEqual({ state: 'S', ticks: '4711' });
  expect(parseStat('')).toBeNull();
});
