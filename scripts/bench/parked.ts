import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Benchmark, Row, Stage } from './benchmark.js';
import { Embedded } from './embedded.js';
import { makeProject } from './places.js';
import { memoryMb, processorMs } from './processes.js';

const runs = 100;
const windowSeconds = 20;
/** Windows before the first that counts: what the runs have left to do is done in them. */
const settling = 2;

/** A run that a person has to decide upon. */
const definition = {
  name: 'bench-parked',
  steps: [
    {
      id: 'fails',
      on: 'local',
      retry: { attempts: 1 },
      action: 'linux.command',
      input: { check: ['false'], apply: ['false'] },
    },
  ],
};

async function embeddedIn(stage: Stage, name: string): Promise<Embedded> {
  const folder = join(stage.folder, name);
  mkdirSync(folder);
  const project = makeProject(folder, 'apiVersion: runbook/v1\n', {});
  const embedded = await Embedded.start(folder, project);
  stage.later(() => embedded.stop());
  return embedded;
}

export const benchmark: Benchmark = {
  name: 'parked',
  summary: `what ${runs} parked runs cost while nobody decides`,
  async run(stage) {
    const sides = {
      none: await embeddedIn(stage, 'none'),
      parked: await embeddedIn(stage, 'parked'),
    };
    // The worker without has had as much to do: what it keeps of that is not the runs'.
    for (let at = 0; at < runs; at += 10) {
      stage.say(`${at} of ${runs} runs`);
      const ten = Array.from({ length: 10 }, (_, nr) => nr);
      await Promise.all(ten.map(() => sides.parked.park(definition)));
      const ids = await Promise.all(ten.map(() => sides.none.park(definition)));
      await Promise.all(ids.map((id) => sides.none.end(id)));
    }
    const names = ['none', 'parked'] as const;
    const spent = (name: (typeof names)[number]) => {
      const { [name]: side } = sides;
      return { worker: processorMs([side.worker()]), server: processorMs([side.server()]) };
    };
    const raw: Record<string, number[]> = {};
    const put = (what: string, value: number): void => void (raw[what] ??= []).push(value);
    for (let round = 1 - settling; round <= stage.rounds; round += 1) {
      stage.say(round < 1 ? 'settling' : `window ${round} of ${stage.rounds}`);
      const before = names.map(spent);
      await sleep(windowSeconds * 1000);
      const after = names.map(spent);
      names.forEach((name, at) => {
        if (round < 1) return;
        for (const part of ['worker', 'server'] as const) {
          const ms = (after[at]?.[part] ?? Number.NaN) - (before[at]?.[part] ?? Number.NaN);
          put(`${part}, ${name}`, ms / windowSeconds);
        }
        put(`memory of the worker, ${name}`, memoryMb(sides[name].worker(), 'VmRSS'));
      });
    }
    const sum = (name: string): number[] =>
      (raw[`worker, ${name}`] ?? []).map((ms, at) => ms + (raw[`server, ${name}`]?.[at] ?? 0));
    const row = (what: string, unit: string): Row => ({
      what,
      values: raw[what] ?? [],
      unit,
      target: null,
    });
    return {
      rows: [
        ...['worker, none', 'worker, parked', 'server, none', 'server, parked'].map((what) =>
          row(what, 'ms/s'),
        ),
        ...names.map((name) => row(`memory of the worker, ${name}`, 'MB')),
      ],
      ratios: [
        {
          what: `processor time with ${runs} parked runs / with none`,
          over: sum('parked'),
          under: sum('none'),
          target: null,
        },
      ],
      notes: [
        `Two servers and two workers at rest side by side, in the same windows of ${windowSeconds} s: beside one ${runs} runs are parked, beside the other as many were, and are ended.`,
        'ms/s: milliseconds of processor time in a second.',
      ],
      raw,
    };
  },
};
