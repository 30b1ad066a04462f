import { readFileSync } from 'node:fs';
import { afterAll, test } from '@jest/globals';
import type { Inventory } from '../../core/definition/inventory.js';
import type { Verb } from '../../core/run/engine.js';
import type { CommandOptions, Target } from '../../core/target.js';
import { silentLog } from '../../activities/log/silent.js';
import { createTargetAccess } from '../../activities/targets/access.js';
import type { OpenTarget } from '../laws/attempt.js';
import type { Register } from '../needs.js';

/** A running lab: what `RUNBOOK_TEST_LAB` names, as JSON. */
export interface TestLab {
  readonly inventory: Inventory;
  readonly stateDir: string;
  /** Folder of its project. */
  readonly project: string;
}

function read(): TestLab | null {
  const file = process.env['RUNBOOK_TEST_LAB'];
  return file === undefined || file === ''
    ? null
    : (JSON.parse(readFileSync(file, 'utf8')) as TestLab);
}

/** The lab that tests run against; null where there is none. */
export const lab = read();

/** Hosts of a group of the lab; none where there is no lab. */
export function hostsOf(group: string): readonly string[] {
  return lab?.inventory.groups[group] ?? [];
}

/** `test` where there is a lab with a host in each of these groups; else a skipped test that says so. */
export function needsLab(...groups: readonly string[]): Register {
  const lacks = groups.filter((group) => hostsOf(group).length === 0);
  if (lab !== null && lacks.length === 0) return test;
  const why =
    lab === null ? 'a lab: RUNBOOK_TEST_LAB' : `a lab with hosts in ${lacks.join(' and ')}`;
  const { skip } = test;
  return (title, body, timeout) => {
    skip(`${title} (skipped: needs ${why})`, body, timeout);
  };
}

/** Opens targets of the lab as the product does, for the tests of one file; `finish` is the last that uses them. */
export function createLabTargets(
  finish: () => Promise<void> = () => Promise.resolve(),
): (name: string) => OpenTarget & ((verb: Verb) => Target) {
  const access =
    lab === null ? null : createTargetAccess({ stateDir: lab.stateDir, knownHosts: null });
  afterAll(async () => {
    if (access === null) return;
    try {
      await finish();
    } finally {
      await access.close();
    }
  }, 180_000);
  let attempts = 0;
  return (name) => (verb) => {
    if (lab === null || access === null) throw new Error('there is no lab');
    attempts += 1;
    return access.open(name, lab.inventory, {
      run: 'test-lab',
      step: `${name}-${attempts}`,
      verb,
      attempt: 1,
      signal: new AbortController().signal,
      log: silentLog(),
    });
  };
}

/** Runs kubectl on the lab's cluster, for arranging and looking; answers its standard output. */
export async function kubectl(
  cluster: Target,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<string> {
  return (await cluster.run('kubectl', args, { timeout: '90s', ...options })).stdout;
}

/** Waits until a look finds what it looks for. */
export async function until(
  what: string,
  look: () => Promise<boolean>,
  ms = 60_000,
): Promise<void> {
  const end = performance.now() + ms;
  while (!(await look())) {
    if (performance.now() > end) throw new Error(`not within ${ms / 1000} s: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
}
