import { execFileSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Benchmark } from './benchmark.js';
import { Embedded } from './embedded.js';
import { interleaved, type Variant } from './harness.js';
import { makeProject } from './places.js';
import { memoryMb, timed } from './processes.js';
import { endShared, inventoryOf, sshArgs, startSshd } from './sshd.js';

const megabytes = 100;

/** Text of lines that differ, as logs are. */
function text(): string {
  const lines: string[] = [];
  for (let size = 0, at = 0; size < megabytes * 1e6; at += 1) {
    const line = `2026-11-24T12:00:00.${at} level=info msg="object ${at} was updated" took=${at % 97}ms\n`;
    size += line.length;
    lines.push(line);
  }
  return lines.join('');
}

export const benchmark: Benchmark = {
  name: 'output',
  summary: `a step that prints ${megabytes} MB on a host`,
  async run({ folder, rounds, say, later }) {
    const big = join(folder, 'big.txt');
    const mark = join(folder, 'mark');
    writeFileSync(big, text());
    const sshd = await startSshd(folder);
    later(() => sshd.stop());
    later(() => endShared(sshd));
    const embedded = await Embedded.start(folder, makeProject(folder, inventoryOf(sshd), {}));
    later(() => embedded.stop());
    // What the first step of a worker takes for itself, such as its connection, is not the output's.
    const look = { id: 'look', on: 'h1', action: 'linux.command' };
    const nothing = { check: ['true'], apply: ['false'] };
    await embedded.run({ name: 'bench-output', steps: [{ ...look, input: nothing }] });
    const growth: number[] = [];
    const kept: number[] = [];
    const step = async (): Promise<number> => {
      const pid = embedded.worker();
      rmSync(mark, { force: true });
      const before = memoryMb(pid, 'VmRSS');
      writeFileSync(`/proc/${pid}/clear_refs`, '5'); // the peak is counted from here
      const input = {
        check: ['test', '-e', mark],
        apply: ['sh', '-c', 'cat "$1" && touch "$2"', 'print', big, mark],
      };
      const steps = [{ id: 'print', on: 'h1', action: 'linux.command', input }];
      const { ms } = await embedded.run({ name: 'bench-output', steps });
      growth.push(memoryMb(pid, 'VmHWM') - before);
      kept.push(memoryMb(pid, 'VmRSS') - before);
      return ms;
    };
    const sink = join(folder, 'sink');
    const variants: Variant[] = [
      { name: 'step', once: step },
      {
        name: 'ssh cat > file',
        once: () => timed('ssh', sshArgs(sshd, `cat ${big}`), { out: sink }),
      },
    ];
    execFileSync('ssh', sshArgs(sshd, 'true'), { stdio: 'ignore' });
    const raw = await interleaved(variants, rounds, say);
    const rate = (name: string): number[] => (raw[name] ?? []).map((ms) => megabytes / (ms / 1000));
    const fresh = growth.slice(0, 1);
    const after = growth.slice(1);
    return {
      rows: [
        { what: 'growth of the worker, first run (peak)', values: fresh, unit: 'MB', target: 48 },
        { what: 'growth of the worker, later runs (peak)', values: after, unit: 'MB', target: 48 },
        { what: 'of which is kept, later runs', values: kept.slice(1), unit: 'MB', target: null },
        { what: 'step', values: rate('step'), unit: 'MB/s', target: null },
        { what: 'ssh cat > file', values: rate('ssh cat > file'), unit: 'MB/s', target: null },
      ],
      ratios: [
        {
          what: 'rate of the step / rate of ssh cat > file',
          over: rate('step'),
          under: rate('ssh cat > file'),
          target: null,
        },
      ],
      notes: [
        'The time of the step is that of its whole run: start, check, apply, verification, record.',
        'ssh writes to a file over a warm connection. The step decrypts in JavaScript, hashes, redacts and keeps the output as lines of JSON.',
      ],
      raw: { ...raw, 'growth MB': growth, 'kept MB': kept },
    };
  },
};
