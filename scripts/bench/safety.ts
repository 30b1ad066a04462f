import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Benchmark, Comparison } from './benchmark.js';
import { Embedded } from './embedded.js';
import { interleaved, type Variant } from './harness.js';
import { startOwnWorker } from './own-worker.js';
import { makeProject } from './places.js';
import { processorMs, treeMs } from './processes.js';
import { endShared, inventoryOf, startSshd } from './sshd.js';

const steps = 20;
/** What a call of kubectl takes on the lab, s. */
const call = '0.1';
const secret = 'correct-horse-battery-staple';

export const benchmark: Benchmark = {
  name: 'safety',
  summary: `a run of ${steps} changed steps on a host, with leases, wrapper and redaction, and without`,
  async run(stage) {
    const { folder } = stage;
    const marks = join(folder, 'marks');
    const text = join(folder, 'text');
    writeFileSync(text, 'level=info msg="the object was updated" took=12ms\n'.repeat(80));
    const sshd = await startSshd(folder);
    stage.later(() => sshd.stop());
    stage.later(() => endShared(sshd));
    const project = makeProject(folder, inventoryOf(sshd), {}, { token: { file: 'token' } });
    writeFileSync(join(project, 'token'), secret, { mode: 0o600 });
    const embedded = await Embedded.start(folder, project);
    stage.later(() => embedded.stop());
    const bare = await startOwnWorker(stage, embedded, 'bare-worker');
    const server = embedded.server();

    const definition = (
      input: string,
      locks: readonly string[],
      seconds = '0',
    ): Record<string, unknown> => ({
      name: 'bench-safety',
      ...(locks.length === 0 ? {} : { locks }),
      steps: Array.from({ length: steps }, (_, at) => ({
        id: `step-${at}`,
        on: 'h1',
        action: 'linux.command',
        input: {
          check: ['test', '-e', join(marks, `${at}`)],
          apply: [
            'sh',
            '-c',
            'cat "$1" && { [ "$3" = 0 ] || sleep "$3"; } && touch "$2"',
            'change',
            text,
            join(marks, `${at}`),
            seconds,
          ],
          input,
        },
      })),
    });
    const processor: Record<string, number[]> = {};
    const way = (
      name: string,
      worker: number,
      work: () => Promise<{ readonly ms: number }>,
    ): Variant => ({
      name,
      once: async () => {
        rmSync(marks, { recursive: true, force: true });
        mkdirSync(marks);
        const spent = (): number => processorMs([worker, server]) + treeMs(sshd.process);
        const before = spent();
        const { ms } = await work();
        (processor[`${name}, processor`] ??= []).push(spent() - before);
        return ms;
      },
    });
    const guarded = definition('${{ secrets.token }}', ['host/h1']);
    const unlocked = definition('${{ secrets.token }}', []);
    const plain = definition(secret, []);
    const guardedSlow = definition('${{ secrets.token }}', ['host/h1'], call);
    const plainSlow = definition(secret, [], call);
    const slow = `, commands of ${call} s`;
    const [all, some, none] = ['all of it', 'without leases', 'none of it'] as const;
    const variants = [
      way(all, embedded.worker(), () => embedded.run(guarded)),
      way(some, embedded.worker(), () => embedded.run(unlocked)),
      way(none, bare.process, () => embedded.run(plain, bare.taskQueue)),
      way(`${all}${slow}`, embedded.worker(), () => embedded.run(guardedSlow)),
      way(`${none}${slow}`, bare.process, () => embedded.run(plainSlow, bare.taskQueue)),
    ];
    const wall = await interleaved(variants, stage.rounds, stage.say);
    // The first of each is that of the round which is not counted.
    const counted = Object.entries(processor).map(([name, values]) => [name, values.slice(1)]);
    const raw = { ...wall, ...(Object.fromEntries(counted) as Record<string, number[]>) };
    const against = (over: string, how: string, target: number | null): Comparison => ({
      what: `${over} / ${none}${how}`,
      over: raw[`${over}${how}`] ?? [],
      under: raw[`${none}${how}`] ?? [],
      target,
    });
    return {
      rows: Object.entries(raw).map(([what, values]) => ({
        what,
        values,
        unit: 'ms',
        target: null,
      })),
      ratios: [
        against(all, '', 1.15),
        against(all, ', processor', null),
        against(some, '', null),
        against(some, ', processor', null),
        against(all, slow, null),
      ],
      notes: [
        'Each step: check, apply, verification; a secret is its standard input, and apply prints 4 KB. The lease is taken and given back once in the run.',
        'None of it: a worker of the benchmark alone, whose changes are plain commands on the warm connection, and which is given the secret in clear.',
        'Processor: of worker, server and host together.',
      ],
      raw,
    };
  },
};
