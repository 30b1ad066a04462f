import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, jest } from '@jest/globals';
import type { Once } from '../../../activities/targets/operation.js';
import type { Inventory } from '../../../core/definition/inventory.js';
import type { Fence, LeaseMode } from '../../../core/run/lease.js';
import { openBoth, places, type BothPlaces } from './both-places.js';
import { newRun, type Desk } from './desk.js';
import { alive, until } from './processes.js';
import { startWorker } from './worker-process.js';

// A worker is started from sources: on a busy machine that takes its time.
jest.setTimeout(120_000);

/** Where numbers are kept: for good by root, else as long as the machine is up. */
const keep =
  process.getuid?.() === 0
    ? '/var/lib/runbook/leases'
    : `/tmp/runbook-${process.getuid?.() ?? ''}/leases`;
let both: BothPlaces;
let desk: Desk;
let inventory: Inventory;

beforeAll(async () => {
  both = await openBoth();
  ({ desk, inventory } = both);
});
afterAll(async () => {
  await both.close();
  for (const name of await kept()) await rm(join(keep, name), { recursive: true });
});

/** Leases of this test that the machine knows of. */
async function kept(): Promise<string[]> {
  const names = await readdir(keep).catch(() => []);
  return names.filter((name) => name.startsWith(`fenced-${process.pid}-`));
}

function lease(resource: string, fence: number, mode: LeaseMode = 'exclusive'): Fence {
  return { resource: `fenced-${process.pid}-${resource}`, mode, fence };
}

/** For what must not happen twice, where nothing has happened before. */
const once: Once = {
  asked: () => undefined,
  begun: () => undefined,
  waits: () => undefined,
  found: () => undefined,
  leaves: () => false,
};

describe.each(places)('on $place, a change under a lease', ({ target, can }) => {
  const change = (run: string, ...leases: Fence[]): Promise<string> =>
    desk
      .open(target, inventory, { run, verb: 'apply', leases })
      .run('echo', ['done'])
      .then(({ stdout }) => stdout.trim());
  const lost = { code: 'lease-lost', class: 'permanent' };

  can('is refused where another run has had it since', async () => {
    const [one, two] = [newRun(), newRun()];
    const name = `${target}-since`;
    expect(await change(one, lease(name, 5))).toBe('done');
    expect(await change(two, lease(name, 6))).toBe('done');
    await expect(change(one, lease(name, 5))).rejects.toMatchObject(lost);
    expect(await change(two, lease(name, 6))).toBe('done');
    // It has it again.
    expect(await change(one, lease(name, 7))).toBe('done');
    // What it does without that lease is nobody's business, nor is what it looks at.
    expect(await change(two, lease(`${name}-other`, 1))).toBe('done');
    const look = desk.open(target, inventory, { run: two, leases: [lease(name, 6)] });
    expect((await look.run('echo', ['seen'])).stdout).toBe('seen\n');
    // Of several leases one that is lost is enough.
    const both = change(two, lease(`${name}-other`, 1), lease(name, 6));
    await expect(both).rejects.toMatchObject(lost);
  });

  can('that must not happen twice runs under it, and leaves no word of itself', async () => {
    const [one, two] = [newRun(), newRun()];
    const name = `${target}-once`;
    const changeOnce = (run: string, fence: number): Promise<string> =>
      desk
        .open(target, inventory, { run, verb: 'apply', leases: [lease(name, fence)], once })
        .run('echo', ['done'])
        .then(({ stdout }) => stdout.trim());
    expect(await changeOnce(one, 5)).toBe('done');
    expect(await change(two, lease(name, 6))).toBe('done');
    await expect(changeOnce(one, 5)).rejects.toMatchObject(lost);
    const [folder = ''] = (await kept()).filter((each) => each.includes(`${target}-once`));
    // Numbers alone: a command that is at work adds its id.
    expect(await readdir(join(keep, folder))).toEqual(['exclusive.5', 'exclusive.6']);
  });

  can('that is shared goes on beside others, until one has had it alone', async () => {
    const name = `${target}-shared`;
    expect(await change(newRun(), lease(name, 5, 'shared'))).toBe('done');
    expect(await change(newRun(), lease(name, 6, 'shared'))).toBe('done');
    expect(await change(newRun(), lease(name, 5, 'shared'))).toBe('done');
    expect(await change(newRun(), lease(name, 8))).toBe('done');
    await expect(change(newRun(), lease(name, 6, 'shared'))).rejects.toMatchObject(lost);
    expect(await change(newRun(), lease(name, 9, 'shared'))).toBe('done');
    await expect(change(newRun(), lease(name, 8))).rejects.toMatchObject(lost);
  });

  can('is stopped where it still runs, before another run begins under that lease', async () => {
    const [run, next] = [newRun(), newRun()];
    const name = `${target}-running`;
    const file = join(desk.folder, run);
    const worker = startWorker({
      stateDir: desk.folder,
      knownHosts: join(desk.folder, 'known_hosts'),
      inventory,
      target,
      run,
      step: 'change',
      verb: 'apply',
      attempt: 1,
      fence: 1,
      leases: [lease(name, 5)],
      command: ['sh', '-c', 'echo $$ >"$1"; exec sleep 300', 'x', file],
      timeout: '200s',
    });
    let pid = 0;
    await until(async () => {
      pid = Number(await readFile(file, 'utf8').catch(() => ''));
      return pid > 0;
    }, 60_000);
    await worker.kill();
    expect(alive(pid)).toBe(true);
    expect(await change(next, lease(`${name}-other`, 9))).toBe('done');
    expect(alive(pid)).toBe(true);
    expect(await change(next, lease(name, 6))).toBe('done');
    expect(alive(pid)).toBe(false);
    expect((await desk.notes(next)).join('\n')).toContain('that has lost its lease');
  });

  can('leaves one number behind, and no word of a command that has ended', async () => {
    const name = `${target}-left`;
    for (const fence of [3, 4, 5]) await change(newRun(), lease(name, fence));
    const own = (await kept()).filter((one) => one.includes(`-${name}_`));
    expect(own).toHaveLength(1);
    const left = (): Promise<string[]> => readdir(join(keep, own[0] ?? ''));
    await until(async () => (await left()).length === 1);
    expect(await left()).toEqual(['exclusive.5']);
  });
});
