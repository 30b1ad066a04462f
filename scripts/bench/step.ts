import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createLogStore } from '../../activities/log/store.js';
import { createTargetAccess } from '../../activities/targets/access.js';
import { Ansible } from './ansible.js';
import type { Benchmark, Stage } from './benchmark.js';
import { Embedded } from './embedded.js';
import { interleaved, slope, type Variant } from './harness.js';
import { startOwnWorker } from './own-worker.js';
import { makeProject } from './places.js';
import { need, timed } from './processes.js';
import { startSdk } from './sdk.js';
import type { SdkStep } from './sdk-workflows.js';
import { endShared, inventoryOf, sshArgs, startSshd, type Sshd } from './sshd.js';

const few = 10;
const many = 50;
const counts = [few, many] as const;
/** Commands that are measured together. */
const batch = 20;

const sdkKinds: readonly SdkStep[] = ['local', 'regular', 'unchanged', 'file', 'changed'];

type Steps = (at: number) => Record<string, unknown>;

function definition(name: string, count: number, step: Steps): Record<string, unknown> {
  const steps = Array.from({ length: count }, (_, at) => ({
    id: `step-${at}`,
    on: 'h1',
    ...step(at),
  }));
  return { name, steps };
}

/** Commands on the pool's warm connection, as steps run them, without anything durable around them. */
function bareCommands(stage: Stage, embedded: Embedded, verb: 'check' | 'apply'): Variant {
  const access = createTargetAccess({ stateDir: stage.folder, knownHosts: null });
  stage.later(() => access.close());
  const logs = createLogStore({ dir: join(stage.folder, 'logs') });
  stage.later(() => logs.close());
  return {
    name: `command of ${verb} on the pool`,
    once: async () => {
      const { inventory } = await embedded.session.project();
      const owner = { run: `bare-${process.pid}`, step: verb, verb, attempt: 1 } as const;
      const signal = new AbortController().signal;
      const target = access.open('h1', inventory, { ...owner, signal, log: logs.step(owner) });
      await target.run('true', []);
      const began = performance.now();
      for (let i = 0; i < batch; i += 1) await target.run('true', []);
      return (performance.now() - began) / batch;
    },
  };
}

function sshCommands(sshd: Sshd): Variant {
  return {
    name: 'ssh on a warm ControlMaster',
    once: async () => {
      let sum = 0;
      for (let i = 0; i < batch; i += 1) sum += await timed('ssh', sshArgs(sshd, 'true'));
      return sum / batch;
    },
  };
}

/** Steps that do nothing at all, on a worker that knows only these. */
async function floors(stage: Stage, embedded: Embedded): Promise<Variant[]> {
  const { taskQueue } = await startOwnWorker(stage, embedded, 'floor-worker');
  return ['floor.local', 'floor.regular'].flatMap((action) =>
    counts.map((count) => ({
      name: `${action} x ${count}`,
      once: async () => {
        const steps = definition('bench-floor', count, () => ({ wait: action, on: 'local' }));
        return (await embedded.run(steps, taskQueue)).ms;
      },
    })),
  );
}

/** The same work on Temporal's SDK and ssh2 alone, on the same server. */
async function bareSdk(
  stage: Stage,
  embedded: Embedded,
  sshd: Sshd,
  file: string,
): Promise<Variant[]> {
  const execute = await startSdk(stage, embedded, sshd);
  return sdkKinds.flatMap((step) =>
    counts.map((count) => ({
      name: `SDK alone, ${step} x ${count}`,
      once: () => execute('sdkSteps', step, count, file),
    })),
  );
}

/** Runs of ours, with what has to be so before each. */
function ours(embedded: Embedded, files: string, marks: string): Variant[] {
  const kinds: Record<string, { step: Steps; prepare: () => void }> = {
    'unchanged linux.file': {
      step: (at) => ({
        action: 'linux.file',
        input: { path: join(files, `${at}.conf`), content: `line ${at}\n` },
      }),
      prepare: () => undefined,
    },
    'unchanged linux.command': {
      step: () => ({ action: 'linux.command', input: { check: ['true'], apply: ['false'] } }),
      prepare: () => undefined,
    },
    'changed linux.command': {
      step: (at) => ({
        action: 'linux.command',
        input: {
          check: ['test', '-e', join(marks, `${at}`)],
          apply: ['touch', join(marks, `${at}`)],
        },
      }),
      prepare: () => {
        rmSync(marks, { recursive: true, force: true });
        mkdirSync(marks);
      },
    },
  };
  return Object.entries(kinds).flatMap(([name, { step, prepare }]) =>
    counts.map((count) => ({
      name: `${name} x ${count}`,
      once: async () => {
        prepare();
        return (await embedded.run(definition('bench-step', count, step))).ms;
      },
    })),
  );
}

function ansible(folder: string, sshd: Sshd): Variant[] {
  const peer = new Ansible(folder, sshd);
  const name = 'Ansible command';
  return counts.map((count) => ({
    name: `${name} x ${count}`,
    once: peer.playbook(
      `command-${count}`,
      Array.from({ length: count }, () => ({ command: '/bin/true' })),
    ),
  }));
}

export const benchmark: Benchmark = {
  name: 'step',
  summary: 'a durable step on a host over ssh, warm, every commit on the disk',
  async run(stage) {
    if (stage.peers) need({ 'ansible-playbook': 'ansible-core' });
    const { folder } = stage;
    const [files, marks] = [join(folder, 'files'), join(folder, 'marks')];
    mkdirSync(files);
    for (let at = 0; at < many; at += 1) writeFileSync(join(files, `${at}.conf`), `line ${at}\n`);
    const sshd = await startSshd(folder);
    stage.later(() => sshd.stop());
    stage.later(() => endShared(sshd));
    const project = makeProject(folder, inventoryOf(sshd), {});
    const embedded = await Embedded.start(folder, project);
    stage.later(() => embedded.stop());
    const variants = [
      ...ours(embedded, files, marks),
      ...(await floors(stage, embedded)),
      ...(await bareSdk(stage, embedded, sshd, join(files, '0.conf'))),
      bareCommands(stage, embedded, 'check'),
      bareCommands(stage, embedded, 'apply'),
      sshCommands(sshd),
      ...(stage.peers ? ansible(folder, sshd) : []),
    ];
    const raw = await interleaved(variants, stage.rounds, stage.say);
    const per = (name: string): number[] =>
      slope(raw[`${name} x ${few}`], raw[`${name} x ${many}`], many - few);
    const row = (name: string, target: number | null) => ({
      what: `${name}, per step`,
      values: per(name),
      unit: 'ms',
      target,
    });
    const plain = (name: string) => ({
      what: name,
      values: raw[name] ?? [],
      unit: 'ms',
      target: null,
    });
    const against = (what: string, over: string, under: string) => ({
      what,
      over: per(over),
      under: per(under),
      target: null,
    });
    return {
      rows: [
        row('unchanged linux.file', 4.5),
        row('unchanged linux.command', 4.5),
        row('changed linux.command', 16),
        row('Ansible command', null),
        row('floor.local', null),
        row('floor.regular', null),
        ...sdkKinds.map((step) => row(`SDK alone, ${step}`, null)),
        plain('command of check on the pool'),
        plain('command of apply on the pool'),
        plain('ssh on a warm ControlMaster'),
        plain(`unchanged linux.command x ${few}`),
        plain(`changed linux.command x ${few}`),
        plain(`Ansible command x ${few}`),
      ],
      ratios: [
        ...(
          [
            ['unchanged linux.command', 'unchanged'],
            ['unchanged linux.file', 'file'],
            ['changed linux.command', 'changed'],
          ] as const
        ).map(([step, alone]) => against(`${step} / SDK alone`, step, `SDK alone, ${alone}`)),
        against(
          'Ansible command / unchanged linux.command',
          'Ansible command',
          'unchanged linux.command',
        ),
        against(
          'Ansible command / changed linux.command',
          'Ansible command',
          'changed linux.command',
        ),
        {
          what: 'unchanged linux.file / ssh on a warm ControlMaster',
          over: per('unchanged linux.file'),
          under: raw['ssh on a warm ControlMaster'] ?? [],
          target: null,
        },
      ],
      notes: [
        `per step: (run of ${many} - run of ${few}) / ${many - few}. Ansible: pipelining, ControlPersist, no facts.`,
        'SDK alone: the same activities and as many commands, on the SDK and ssh2, with nothing around them.',
        'floor.local, floor.regular: steps of an action that does nothing, as a local and as a regular activity.',
        'changed: check, apply and verification run one command each. A command of apply is recorded on the host first, so that another attempt finds it.',
      ],
      raw,
    };
  },
};
