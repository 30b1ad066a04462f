import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Benchmark, Outcome } from './benchmark.js';
import { machine, machineText } from './machine.js';
import { inOwnNetwork } from './own-network.js';
import { outcomeText } from './table.js';

// Measures, and says what was promised. It asserts nothing: other work on the machine is no fault of ours.

const benchmarks: Readonly<Record<string, () => Promise<{ readonly benchmark: Benchmark }>>> = {
  cli: () => import('./cli.js'),
  validate: () => import('./validate.js'),
  worker: () => import('./worker.js'),
  step: () => import('./step.js'),
  output: () => import('./output.js'),
  drift: () => import('./drift.js'),
  safety: () => import('./safety.js'),
  parked: () => import('./parked.js'),
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string', default: '9' },
    json: { type: 'string' },
    alone: { type: 'boolean', default: false },
    // Set by itself alone: the network is the benchmark's own already.
    inside: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** Ends what was started, the last first; what does not end is told, and keeps nothing else from ending. */
async function endAll(ends: readonly (() => Promise<void> | void)[]): Promise<void> {
  for (const end of ends.toReversed()) {
    try {
      await end();
    } catch (error) {
      say(`bench: left behind: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
}

async function measured(benchmark: Benchmark, rounds: number): Promise<Outcome> {
  const folder = mkdtempSync(join(tmpdir(), `runbook-bench-${benchmark.name}-`));
  const ends: (() => Promise<void> | void)[] = [];
  const interrupted = new Promise<never>((_, reject) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const)
      process.once(signal, () => reject(new Error(`ended by ${signal}`)));
  });
  try {
    const outcome = benchmark.run({
      folder,
      rounds,
      peers: !values.alone,
      say: (text) => say(`  ${benchmark.name}: ${text}`),
      later: (work) => ends.push(work),
    });
    return await Promise.race([outcome, interrupted]);
  } finally {
    await endAll(ends);
    rmSync(folder, { recursive: true, force: true });
  }
}

async function main(): Promise<number> {
  if (values.help) {
    say(
      'npm run bench [-- NAME...] [--rounds N] [--json FILE] [--alone]\n' +
        `benchmarks: ${Object.keys(benchmarks).join(', ')}; all unless told. Fewer than 7 rounds tell little. --alone: without Ansible.`,
    );
    return 0;
  }
  const names = positionals.length === 0 ? Object.keys(benchmarks) : positionals;
  const unknown = names.filter((name) => !(name in benchmarks));
  if (unknown.length > 0) throw new Error(`there is no benchmark ${unknown.join(', ')}`);
  const rounds = Math.max(1, Number(values.rounds));
  const results: Record<string, unknown> = {};
  for (const name of names) {
    const load = benchmarks[name];
    if (load === undefined) continue;
    const { benchmark } = await load();
    if (benchmark.ownNetwork === true && !values.inside) {
      results[name] = await inOwnNetwork({ name, rounds, alone: values.alone });
      continue;
    }
    const before = machine();
    const outcome = await measured(benchmark, rounds);
    const after = machine();
    results[name] = { before, after, rounds, ...outcome };
    console.log(
      `\n## ${name}: ${benchmark.summary}\n\n${machineText(before)}, ${after.load} after; ${rounds} rounds\n\n${outcomeText(outcome)}`,
    );
  }
  if (values.json !== undefined)
    writeFileSync(values.json, `${JSON.stringify(results, null, 2)}\n`);
  return 0;
}

try {
  process.exitCode = await main();
} catch (error) {
  say(`bench: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
