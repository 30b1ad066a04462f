import type { Violation } from '../evidence.js';
import type { Rig } from '../rig.js';
import { together, wrongExit, type Outcome } from './scenario.js';

/** What no history could hold, and the words with which it is refused. */
const tooMuch: Readonly<Record<string, readonly [steps: string, said: RegExp]>> = {
  'eight-thousand-steps': [
    Array.from({ length: 8000 }, (_, at) => `  - { id: s${at}, delay: 1s }`).join('\n'),
    /8000 steps; a run holds at most/,
  ],
  'two-thousand-at-once': [
    `  - id: all\n    parallel:\n${Array.from({ length: 2001 }, (_, at) => `      - { id: s${at}, delay: 1s }`).join('\n')}`,
    /2002 steps; a run holds at most/,
  ],
  'a-large-file': [
    `  - { id: a, action: linux.file, input: { path: FOLDER/copied, content: "\${{ files['large.txt'] }}" } }`,
    /large\.txt holds 3000000 bytes/,
  ],
};

/** Prints three megabytes, and is done. */
const large = `head -c 3000000 /dev/zero | tr '\\0' x`;

/** Steps whose result is three megabytes, wherever one can be, and how they end. */
const results: Readonly<
  Record<string, readonly [step: string, exit: number, code: string | null]>
> = {
  output: [
    `  - { id: a, action: linux.command, input: { check: [test, -e, "FOLDER/\${{ run.id }}"], apply: [sh, -c, '${large.replaceAll("'", "''")}; touch "$0"', "FOLDER/\${{ run.id }}"] } }`,
    0,
    null,
  ],
  error: [
    `  - { id: a, retry: { attempts: 1 }, action: linux.command, input: { check: ["false"], apply: [sh, -c, '${large.replaceAll("'", "''")} >&2; exit 1'] } }`,
    3,
    'command-failed',
  ],
  drift: [
    `  - { id: a, retry: { attempts: 1 }, settle: { timeout: 2s, every: 500ms }, action: linux.command, input: { check: [sh, -c, '${large.replaceAll("'", "''")}; exit 1'], apply: ["true"] } }`,
    3,
    'not-settled',
  ],
  items: [
    `  - id: all
    forEach: [${Array.from({ length: 2001 }, (_, at) => `i${at}`).join(', ')}]
    steps:
      - { id: a, action: linux.command, input: { check: ["true"], apply: ["true"] } }`,
    3,
    'definition-invalid',
  ],
};

async function refused(rig: Rig, name: string): Promise<Outcome> {
  const [steps, said] = tooMuch[name] ?? ['', /^$/];
  rig.bench.runbook(name, `steps:\n${steps}\n`);
  const run = rig.newRun();
  const result = await rig.bench.run('start', name, '--id', run, '--yes', '--plain');
  const violations: Violation[] = wrongExit(`start ${name}`, result, 1);
  if (!said.test(`${result.stdout}${result.stderr}`))
    violations.push({ invariant: 'I8', what: `${name} is refused in other words` });
  return { trials: 1, violations };
}

async function fits(rig: Rig, name: string): Promise<Outcome> {
  const [step, exit, code] = results[name] ?? ['', 0, null];
  rig.bench.runbook(`large-${name}`, `steps:\n${step}\n`);
  const run = rig.newRun();
  const result = await rig.bench.run('start', `large-${name}`, '--id', run, '--yes', '--plain');
  const violations: Violation[] = wrongExit(`start large-${name}`, result, exit);
  const { record } = await rig.evidence(run);
  const found = record.steps.find(({ failure }) => failure !== null)?.failure?.code ?? null;
  if (found !== code)
    violations.push({ invariant: 'I8', what: `large-${name}: ${found}, not ${code}` });
  const failures = await rig.taskFailures(run);
  if (failures.length > 0)
    violations.push({ invariant: 'I8', what: `large-${name}: ${failures.join('; ')}` });
  return { trials: 1, violations };
}

/**
 * F25: more steps, more at once and larger results than a history can hold. They are refused before the run begins, or
 * cut, or the run is parked with a code; never does a workflow task fail.
 */
export async function historyLimits(rig: Rig): Promise<Outcome> {
  rig.bench.write('large.txt', 'x'.repeat(3_000_000));
  await rig.bench.expect(0, 'dev', 'start');
  const outcomes: Outcome[] = [];
  for (const name of Object.keys(tooMuch)) outcomes.push(await refused(rig, name));
  for (const name of Object.keys(results)) outcomes.push(await fits(rig, name));
  rig.nemesis.count('more than a history holds', outcomes.length);
  return together(outcomes);
}
