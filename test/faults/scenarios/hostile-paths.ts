import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { canonical } from '../../../core/json.js';
import type { RunExport } from '../../../core/export.js';
import type { Dice } from '../dice.js';
import type { Violation } from '../evidence.js';
import { fuzzNames } from '../hostile-names.js';
import type { Rig } from '../rig.js';
import { pause, wrongExit, type Outcome } from './scenario.js';

/** Everything in a folder, but for what the program may write: its state, and what was said. */
function around(rig: Rig): string[] {
  const state = rig.bench.state.slice(rig.bench.folder.length + 1);
  return readdirSync(rig.bench.folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => path !== 'said' && !path.startsWith(state))
    .toSorted();
}

/** Command lines with names that lead elsewhere: each is refused. */
function refusals(name: string): readonly (readonly string[])[] {
  return [
    ['start', 'reference', `--id=${name}`, '--detach', '--yes'],
    ['start', 'reads', `--file=${name}`, '--yes'],
    ['status', '--', name],
    ['logs', '--', name],
    ['report', '--', name],
    ['schedule', 'create', 'reference', '--name', name, '--every', '1h'],
  ];
}

/** Names that are what they look like nowhere: none is that of a run, of a runbook or of a file of the project. */
const outside = [
  '../../PWN',
  '/etc/passwd',
  '..',
  'a/../../PWN',
  '~/PWN',
  '%2e%2e/PWN',
  '../runbook.yaml',
];

/** Runbooks that reach out of the project by their own words. */
function writeReaching(rig: Rig): void {
  rig.bench.runbook(
    'reads',
    `inputs: { file: { type: file, description: A file of the project. } }
steps:
  - { id: a, action: linux.file, input: { path: FOLDER/copied, content: "\${{ files[inputs.file] }}" } }
`,
  );
  for (const [at, call] of ['../../etc/passwd', '/etc/passwd', '..'].entries())
    rig.bench.runbook(`calls-${at}`, `steps:\n  - { id: a, call: "${call}" }\n`);
}

async function refused(rig: Rig, names: readonly string[]): Promise<Violation[]> {
  const violations: Violation[] = [];
  writeReaching(rig);
  const before = around(rig);
  const calls = [0, 1, 2].map((at) => ['start', `calls-${at}`, '--yes']);
  for (const args of [...names.flatMap(refusals), ...calls]) {
    const result = await rig.bench.run(...args);
    violations.push(...wrongExit(args.join(' '), result, 1, 64));
    if (result.stdout.includes('root:'))
      violations.push({ invariant: 'I10', what: `${args.join(' ')} shows it` });
  }
  const made = around(rig).filter((path) => !before.includes(path));
  if (made.length > 0)
    violations.push({ invariant: 'I10', what: `something has made ${made.join(', ')}` });
  return violations;
}

/** What is changed in the document of a run. */
interface Content {
  record: { run: string };
  logs: { name: string }[];
}

/** A document with another content, and its sum, which finds damage and no malice. */
function resealed(document: RunExport, change: (content: Content) => void): string {
  const content = structuredClone(document.content) as unknown as Content;
  change(content);
  const sha256 = createHash('sha256').update(canonical(content)).digest('hex');
  return JSON.stringify({ ...document, sha256, content });
}

/** A document of a run whose names lead elsewhere is not taken in, nor is anything of it. */
async function imported(rig: Rig, names: readonly string[]): Promise<Violation[]> {
  const { bench } = rig;
  const run = rig.newRun();
  await rig.start(run);
  const violations = wrongExit(`watch ${run}`, await rig.follow(run, { serversDie: false }), 0);
  await rig.insist('export', run, '--output', bench.path('exported.json'));
  const document = JSON.parse(bench.read('exported.json') ?? '') as RunExport;
  bench.write('elsewhere/state/.keep', '');
  const env = { RUNBOOK_STATE_DIR: bench.path('elsewhere/state') };
  for (const [at, name] of names.entries()) {
    const sealed = resealed(document, ({ record, logs }) => {
      if (at % 2 === 0) record.run = name;
      for (const log of at % 2 === 0 ? [] : logs.slice(0, 1)) log.name = `${name}.ndjson`;
    });
    bench.write('hostile.json', sealed);
    const before = around(rig);
    const result = await bench.runWith(env, 'import', bench.path('hostile.json'));
    violations.push(...wrongExit(`import of ${JSON.stringify(name)}`, result, 1));
    const made = around(rig).filter((path) => !before.includes(path));
    if (made.length > 0)
      violations.push({ invariant: 'I10', what: `an import has made ${made.join(', ')}` });
  }
  return violations;
}

/**
 * While a file is written again and again, it is exchanged for a link to another, and back, as fast as can be: that other
 * is never changed, and nothing comes to lie beside it.
 */
async function swapped(rig: Rig, dice: Dice, times: number): Promise<Violation[]> {
  const { bench } = rig;
  const place = bench.path('swapped/here');
  mkdirSync(bench.path('swapped'));
  bench.write('victim/file', 'the only one');
  bench.runbook(
    'swap',
    `inputs: { text: { type: string, description: What it is to hold. } }
steps:
  - { id: a, retry: { attempts: 2, interval: 50ms }, action: linux.file, input: { path: ${place}, content: "\${{ inputs.text }}", mode: "0644" } }
onFailure: stop
`,
  );
  const over = new AbortController();
  const swap = async (): Promise<void> => {
    for (let at = 0; !over.signal.aborted; at += 1) {
      if (at % 2 === 0) symlinkSync(bench.path('victim/file'), `${place}.next`);
      else writeFileSync(`${place}.next`, String(dice.below(1000)));
      renameSync(`${place}.next`, place);
      await pause(dice.below(4));
    }
  };
  const swapping = swap();
  const violations: Violation[] = [];
  try {
    for (let at = 0; at < times; at += 1) {
      const args = ['start', 'swap', '--id', rig.newRun(), '--yes', `--text=${at}`];
      violations.push(...wrongExit('start swap', await rig.insist(...args), 0, 4));
    }
  } finally {
    over.abort();
    await swapping;
  }
  const beside = readdirSync(bench.path('victim'));
  if (bench.read('victim/file') !== 'the only one' || beside.length !== 1)
    violations.push({ invariant: 'I10', what: 'a file was written through a link' });
  rmSync(bench.path('swapped'), { recursive: true });
  return violations;
}

/**
 * F20: names that lead out of their folder, by seed: of logs, runs and workers, on the command line, in runbooks and in
 * documents to import; and a link that appears where a file is being written.
 */
export async function hostilePaths(rig: Rig, dice: Dice, count: number): Promise<Outcome> {
  const faults = await fuzzNames(dice.fork(), count);
  const violations = faults.map((what): Violation => ({ invariant: 'I10', what }));
  await rig.bench.expect(0, 'dev', 'start');
  const names = dice.shuffled(outside);
  violations.push(...(await refused(rig, names.slice(0, 4))));
  violations.push(...(await imported(rig, names)));
  violations.push(...(await swapped(rig, dice.fork(), 8)));
  rig.nemesis.count('names that lead elsewhere', count + 2 * names.length);
  return { trials: count + names.length + 8, violations };
}
