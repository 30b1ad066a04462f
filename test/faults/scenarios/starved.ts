import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import type { ProcessMark } from '../../../client/embedded/process.js';
import type { Dice } from '../dice.js';
import { openFar } from '../far/host.js';
import { effectSteps } from '../reference.js';
import type { Rig } from '../rig.js';
import type { Point } from '../points.js';
import { together, type Outcome } from './scenario.js';
import { unreached } from './ssh-broken.js';
import { struck, type Fault } from './struck.js';

/** What the worker gets no more of: open files (`ulimit -n`), or memory (`ulimit -v`). */
export const scarce = ['files', 'memory'] as const;
export type Scarce = (typeof scarce)[number];

/** What the worker may take beyond what it has, bytes; less than it needs for anything. */
const moreMemory = 8 * 1024 * 1024;
/** Open files that a worker may have: a few more than it has before it has begun anything. */
const mostFiles = 64;

const moments: readonly Point[] = ['between', 'during', 'unreported'];

/** Codes of what cannot be begun, reached, read or written without another open file. */
const starving = [...unreached, 'log-unwritable', 'command-failed', 'secret-unavailable'] as const;
const starvesMs = 8000;

/** Present size of a process, bytes. */
function sizeOf(pid: number): number {
  const found = /^VmSize:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return Number(found?.[1]) * 1024;
}

function limitOf(kind: Scarce, pid: number): string {
  if (kind === 'memory') return `--as=${sizeOf(pid) + moreMemory}:unlimited`;
  const open = readdirSync(`/proc/${pid}/fd`).length;
  return `--nofile=${Math.min(mostFiles, open)}:`;
}

function faultOf(rig: Rig, kind: Scarce): Fault {
  let starved: ProcessMark | null = null;
  const prlimit = (pid: number, limit: string): void => {
    execFileSync('prlimit', ['--pid', String(pid), limit]);
  };
  return {
    name: `few ${kind}`,
    // Without memory the worker is gone, and its successor has enough.
    noticed: false,
    strike: () => {
      starved = rig.nemesis.process('worker');
      if (starved !== null) prlimit(starved.pid, limitOf(kind, starved.pid));
    },
    mend: () => {
      if (starved === null || rig.nemesis.process('worker')?.began !== starved.began) return;
      prlimit(starved.pid, kind === 'memory' ? '--as=unlimited:' : '--nofile=4096:');
    },
  };
}

/** F9: the worker gets no more files, or no more memory, at each moment in a run of its own. */
export async function starved(rig: Rig, dice: Dice, kind: Scarce): Promise<Outcome> {
  await openFar(rig, { target: {} });
  await rig.bench.expect(0, 'dev', 'start');
  const outcomes: Outcome[] = [];
  for (const point of dice.shuffled(moments)) {
    const phase = { step: dice.pick(effectSteps), point };
    // Here commands need files of their own; there each needs a connection.
    const where = dice.below(2) === 0 ? {} : { host: 'target' };
    const strike = { fault: faultOf(rig, kind), phase, lastsMs: starvesMs, codes: starving };
    outcomes.push(await struck(rig, { ...strike, ...where }));
  }
  return together(outcomes);
}
