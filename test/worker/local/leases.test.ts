import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { LeaseMode } from '../../../core/run/lease.js';
import { createLocalLeases, type LocalLeases } from '../../../worker/local/leases.js';

let folder: string;
let gone: Set<string>;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rb-leases-'));
  gone = new Set();
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const open = (): LocalLeases => createLocalLeases(folder, async (run) => gone.has(run));
const by = (run: string, mode: LeaseMode = 'exclusive') => ({
  resource: 'host/../a',
  run,
  user: 'ann',
  purpose: 'p',
  mode,
});

describe('leases among runs without a server', () => {
  test('one has it; asking again gives the same number; the next number is higher', async () => {
    const first = await open().claim(by('r1'), false);
    expect(first.fence).toBeGreaterThan(1_700_000_000_000);
    expect((await open().claim(by('r1'), false)).fence).toBe(first.fence);
    const refused = await open().claim(by('r2'), false);
    expect(refused).toMatchObject({ fence: null, holders: [{ run: 'r1' }] });
    await open().release(['host/../a'], 'r1');
    const second = await open().claim(by('r2'), false);
    expect(second.fence).toBeGreaterThan(first.fence ?? 0);
  });

  test('a run that has ended holds nothing, and those that share it share it', async () => {
    await open().claim(by('r1'), false);
    gone.add('r1');
    expect((await open().claim(by('r2', 'shared'), false)).fence).not.toBeNull();
    expect((await open().claim(by('r3', 'shared'), false)).fence).not.toBeNull();
    expect((await open().claim(by('r4'), false)).fence).toBeNull();
  });

  test('whoever waits gets it in turn', async () => {
    await open().claim(by('r1'), false);
    expect((await open().claim(by('r2'), true)).position).toBe(1);
    expect((await open().claim(by('r3'), false)).fence).toBeNull();
    await open().release(['host/../a'], 'r1');
    expect((await open().claim(by('r2'), true)).fence).not.toBeNull();
  });

  test('of many that ask at the same moment one gets it', async () => {
    const runs = Array.from({ length: 12 }, (_, at) => `r${at}`);
    const answers = await Promise.all(runs.map((run) => open().claim(by(run), false)));
    expect(answers.filter(({ fence }) => fence !== null)).toHaveLength(1);
  });
});
