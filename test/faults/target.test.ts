import { execFileSync, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect } from '@jest/globals';
import { until } from '../client/e2e/bench.js';
import { signal } from '../activities/targets/processes.js';
import { needs } from '../needs.js';
import { readKills } from './kills.js';
import { parseMark, readLedger } from './ledger.js';
import { Nemesis } from './nemesis.js';

const test = needs({ linux: true, commands: ['sh', 'sync', 'tr'] });
const script = fileURLToPath(new URL('target.sh', import.meta.url));
let folder: string;
let children: ChildProcess[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rb-target-'));
  children = [];
});
afterEach(() => {
  for (const child of children) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

const args = (verb: string, pace = '0'): string[] => [script, verb, folder, 'r', 's01', pace];
const run = (verb: string): number | null => spawnSync('sh', args(verb)).status;
function begin(verb: string): ChildProcess {
  const child = spawn('sh', args(verb, '60'), { stdio: 'ignore', detached: true });
  children.push(child);
  return child;
}
const told = (): string[] =>
  readLedger(join(folder, 'ledger')).map(({ verb, attempt, word }) => `${verb} ${attempt} ${word}`);

describe('the target', () => {
  test('does its thing once, tells of it, and puts it back', () => {
    expect(run('check')).toBe(1);
    expect(run('apply')).toBe(0);
    expect(run('check')).toBe(0);
    expect(existsSync(join(folder, 'effects/r/s01'))).toBe(true);
    expect(run('undo')).toBe(0);
    expect(run('check')).toBe(1);
    expect(told()).toEqual(['apply 1 start', 'apply 1 end', 'undo 1 start', 'undo 1 end']);
  });

  test('tells that it was stopped, and of another that is alive beside it', async () => {
    const first = begin('apply');
    await until('it begins', () => told().length === 1);
    const second = begin('apply');
    await until('both have begun', () => told().length === 3);
    expect(told()).toEqual(['apply 1 start', 'apply 2 beside', 'apply 2 start']);
    // Told again: one that comes while a shell is about to start a program may reach neither.
    await until('both are stopped', () => {
      for (const { pid = 0 } of [first, second]) signal(-pid, 'SIGTERM');
      return new Set(told().filter((one) => one.endsWith('stopped'))).size === 2;
    });
    expect(existsSync(join(folder, 'effects/r/s01'))).toBe(false);
    expect(run('apply')).toBe(0);
    expect(told().slice(-2)).toEqual(['apply 3 start', 'apply 3 end']);
  });

  test('springs a trap once, at its point, on the process that the status names', async () => {
    // What is in the folder's own name alone is struck.
    const argv0 = `sleep of ${folder}/`;
    const victim = spawn('sleep', ['60'], { stdio: 'ignore', argv0 });
    children.push(victim);
    const died = new Promise((resolve) => victim.once('exit', (_code, signal) => resolve(signal)));
    const places = join(folder, '.state/projects/p');
    mkdirSync(places, { recursive: true });
    writeFileSync(join(places, 'worker.json'), `{"pid":${victim.pid},"taskQueue":"q"}\n`);
    const nemesis = new Nemesis(folder, join(folder, '.state'));
    const spot = { step: 's01', point: 'during' } as const;
    nemesis.lay('r', spot, { kills: ['worker'], lingerSeconds: 0 });
    expect(run('check')).toBe(1);
    expect(victim.exitCode).toBeNull();
    expect(run('apply')).toBe(0);
    expect(await died).toBe('SIGKILL');
    expect(existsSync(join(folder, 'sprung/r.s01.during'))).toBe(true);
    expect(existsSync(join(folder, 'traps/r.s01.during'))).toBe(false);
    expect(readKills(join(folder, 'kills'))).toMatchObject([{ victim: 'worker' }]);
  });

  test('stands still at a point until it is released', async () => {
    const nemesis = new Nemesis(folder, join(folder, '.state'));
    const spot = { step: 's01', point: 'during' } as const;
    nemesis.lay('r', spot, { kills: [], lingerSeconds: 0, holdSeconds: 60 });
    children.push(spawn('sh', args('apply'), { stdio: 'ignore' }));
    await until('it stands there', () => nemesis.sprung('r', spot));
    expect(told()).toEqual(['apply 1 start']);
    nemesis.release('r', spot);
    await until('it has gone on', () => told().length === 2);
    expect(told()).toEqual(['apply 1 start', 'apply 1 end']);
  });

  test('is a program that every POSIX shell reads', () => {
    expect(() => execFileSync('sh', ['-n', script])).not.toThrow();
  });
});

test('a line that is just being written is read when it has its end', () => {
  const line = 'run s01 apply 1 5 17 start';
  writeFileSync(join(folder, 'ledger'), `${line}\nrun s01 app`);
  expect(readLedger(join(folder, 'ledger'))).toEqual([parseMark(line)]);
});
