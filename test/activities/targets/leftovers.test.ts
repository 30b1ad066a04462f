import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, jest } from '@jest/globals';
import type { Inventory } from '../../../core/definition/inventory.js';
import { readLog } from '../../../activities/log/read.js';
import { openBoth, places, type BothPlaces } from './both-places.js';
import { newRun, type Desk } from './desk.js';
import { alive, until } from './processes.js';
import { startWorker, type Job } from './worker-process.js';

// Workers are started from sources: on a busy machine that takes its time.
jest.setTimeout(120_000);

let both: BothPlaces;
let desk: Desk;
let inventory: Inventory;

beforeAll(async () => {
  both = await openBoth();
  ({ desk, inventory } = both);
});
afterAll(async () => {
  await both.close();
});

/** Writes its pid and that of a child that ignores TERM into a file, and goes on for ever. */
const stubborn = `sh -c 'trap "" TERM; echo $$ >>"$1"; exec sleep 300' child "$1" & echo $$ >>"$1"; wait`;

function jobOf(target: string, run: string, wish: Partial<Job>): Job {
  return {
    stateDir: desk.folder,
    knownHosts: join(desk.folder, 'known_hosts'),
    inventory,
    target,
    run,
    step: 'change',
    verb: 'apply',
    attempt: 1,
    fence: 1,
    command: ['sh', '-c', stubborn, 'x', join(desk.folder, run)],
    timeout: '200s',
    ...wish,
  };
}

async function pidsOf(run: string, count: number): Promise<number[]> {
  let pids: number[] = [];
  await until(async () => {
    const text = await readFile(join(desk.folder, run), 'utf8').catch(() => '');
    pids = text.split('\n').filter(Boolean).map(Number);
    return pids.length === count;
  }, 60_000);
  return pids;
}

async function records(run: string): Promise<string[]> {
  const files = await readdir(join('/run/runbook/ops', run)).catch(() => []);
  return files.filter((name) => name.includes('.run.'));
}

async function notesOf(run: string): Promise<string> {
  const { entries } = await readLog(join(desk.folder, 'logs'), run);
  return entries.flatMap((entry) => (entry.kind === 'note' ? [entry.text] : [])).join('\n');
}

describe.each(places)('on $place, what a killed worker left running', ({ target, can }) => {
  can('goes on, and the next attempt stops it before it begins', async () => {
    const run = newRun();
    const worker = startWorker(jobOf(target, run, {}));
    const pids = await pidsOf(run, 2);
    await worker.kill();
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(pids.map(alive)).toEqual([true, true]);
    expect(await records(run)).toHaveLength(1);

    const next = desk.open(target, inventory, { run, step: 'change', verb: 'apply', fence: 2 });
    // A zombie is waiting for somebody to ask after it, and does nothing any more.
    const { stdout } = await next.run('sh', [
      '-c',
      'for p; do grep -q "^State:.[^ZX]" "/proc/$p/status" && echo "$p lives"; done; echo begun',
      'x',
      ...pids.map(String),
    ]);
    expect(stdout).toBe('begun\n');
    expect(pids.map(alive)).toEqual([false, false]);
    expect(await notesOf(run)).toContain('stopped what an earlier attempt had left running');
    await until(async () => (await records(run)).length === 0);
  });

  can('is stopped before a later attempt as much as looks', async () => {
    const run = newRun();
    const worker = startWorker(jobOf(target, run, {}));
    const pids = await pidsOf(run, 2);
    await worker.kill();
    const wish = { run, step: 'change', verb: 'check', attempt: 2, fence: 2 } as const;
    await desk.open(target, inventory, wish).run('true', []);
    expect(pids.map(alive)).toEqual([false, false]);
    expect(await notesOf(run)).toContain('leftovers of an earlier attempt: stopped');
  });

  can('is stopped by the undo of its step', async () => {
    const run = newRun();
    const worker = startWorker(jobOf(target, run, {}));
    const pids = await pidsOf(run, 2);
    await worker.kill();
    const wish = { run, step: 'change', verb: 'undo', fence: 2 } as const;
    await desk.open(target, inventory, wish).run('true', []);
    expect(pids.map(alive)).toEqual([false, false]);
  });

  can('is not touched by other steps and other runs', async () => {
    const run = newRun();
    const worker = startWorker(jobOf(target, run, {}));
    const pids = await pidsOf(run, 2);
    await worker.kill();
    for (const wish of [
      { run, step: 'other' },
      { run: `${run}x`, step: 'change' },
    ]) {
      const full = { ...wish, verb: 'apply', attempt: 2, fence: 9 } as const;
      await desk.open(target, inventory, full).run('true', []);
    }
    expect(pids.map(alive)).toEqual([true, true]);
    const wish = { run, step: 'change', verb: 'apply', fence: 2 } as const;
    await desk.open(target, inventory, wish).run('true', []);
    expect(pids.map(alive)).toEqual([false, false]);
  });

  can(
    'that was killed as it is: a stale worker that wakes up is refused on the target',
    async () => {
      const run = newRun();
      const file = join(desk.folder, run);
      const wish = { run, step: 'change', verb: 'apply' } as const;
      const newer = desk.open(target, inventory, { ...wish, attempt: 2, fence: 2 });
      await newer.run('true', []);
      const stale = desk.open(target, inventory, { ...wish, attempt: 1, fence: 1 });
      await expect(stale.run('touch', [file])).rejects.toMatchObject({
        code: 'lease-held',
        message: expect.stringContaining('a newer attempt'),
      });
      await expect(readFile(file)).rejects.toMatchObject({ code: 'ENOENT' });
    },
  );

  can('commands of one attempt do not stop each other', async () => {
    const run = newRun();
    const one = desk.open(target, inventory, { run, verb: 'apply', fence: 1 });
    const answers = await Promise.all(
      Array.from({ length: 12 }, (_, at) =>
        one.run('sh', ['-c', 'sleep 0.4; echo "$1"', 'x', `${at}`]),
      ),
    );
    expect(answers.map((answer) => answer.stdout.trim())).toEqual(
      Array.from({ length: 12 }, (_, at) => `${at}`),
    );
    expect(await notesOf(run)).toBe('');
    await until(async () => (await records(run)).length === 0);
  });

  can('a record whose number now belongs to another process stops nobody', async () => {
    const run = newRun();
    const worker = startWorker(jobOf(target, run, {}));
    const pids = await pidsOf(run, 2);
    await worker.kill();
    const folder = (await readdir('/run/runbook/ops')).find((name) => name.startsWith(run)) ?? '';
    const [name = ''] = await records(run);
    const file = join('/run/runbook/ops', folder, name);
    const text = await readFile(file, 'utf8');
    const [pid, start, ...rest] = text.split(' ');
    await writeFile(file, [pid, String(Number(start) - 1), ...rest].join(' '));
    const wish = { run, step: 'change', verb: 'apply', fence: 2 } as const;
    await desk.open(target, inventory, wish).run('true', []);
    expect(pids.map(alive)).toEqual([true, true]);
    await writeFile(file, text);
    await desk.open(target, inventory, { ...wish, fence: 3 }).run('true', []);
    expect(pids.map(alive)).toEqual([false, false]);
  });
});
