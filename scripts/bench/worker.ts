import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Benchmark } from './benchmark.js';
import { interleaved, type Variant } from './harness.js';
import { environment, makeProject, root } from './places.js';
import { timed, until } from './processes.js';
import { Embedded } from './embedded.js';

async function ended(child: ChildProcess): Promise<void> {
  const gone = once(child, 'exit');
  child.kill('SIGTERM');
  await gone;
}

export const benchmark: Benchmark = {
  name: 'worker',
  summary: 'from the start of the worker process until it is ready',
  async run({ folder, rounds, say, later }) {
    const project = makeProject(folder, 'apiVersion: runbook/v1\n', {});
    const embedded = await Embedded.start(folder, project);
    later(() => embedded.stop());
    const env = await embedded.workerEnvironment();
    const status = join(folder, 'status.json');
    const main = join(root, 'dist', 'worker', 'main.js');
    const ready = async (): Promise<number> => {
      rmSync(status, { force: true });
      const began = performance.now();
      const child = spawn(process.execPath, [main, '--project', project, '--status', status], {
        env,
        stdio: 'ignore',
      });
      try {
        await until(() => existsSync(status), 30_000, 1);
        return performance.now() - began;
      } finally {
        await ended(child);
      }
    };
    const node = (code: string) => () =>
      timed(process.execPath, ['--input-type=module', '-e', code], {
        env: environment(join(folder, 'state')),
        cwd: root,
      });
    const variants: Variant[] = [
      { name: 'worker ready', once: ready },
      { name: 'node -e 0', once: node('0') },
      { name: 'import @temporalio/worker', once: node("await import('@temporalio/worker')") },
    ];
    const raw = await interleaved(variants, rounds, say);
    const of = (name: string): readonly number[] => raw[name] ?? [];
    return {
      rows: variants.map(({ name }) => ({
        what: name,
        values: of(name),
        unit: 'ms',
        target: name === 'worker ready' ? 600 : null,
      })),
      ratios: [
        {
          what: 'worker ready / import @temporalio/worker',
          over: of('worker ready'),
          under: of('import @temporalio/worker'),
          target: null,
        },
      ],
      notes: [],
      raw,
    };
  },
};
