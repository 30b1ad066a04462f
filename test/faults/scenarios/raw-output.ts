import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readLog } from '../../../activities/log/read.js';
import type { Dice } from '../dice.js';
import type { Violation } from '../evidence.js';
import { rawBytes, unseen } from '../raw-bytes.js';
import { bytesOf, fuzzOutput } from '../raw-log.js';
import type { Rig } from '../rig.js';
import { wrongExit, type Outcome } from './scenario.js';

/** A check, a change, a failure and an undo that print what is no text, in three pieces that end anywhere. */
function write(rig: Rig, cuts: readonly [number, number]): void {
  const [first, second] = cuts;
  const show = (file: string): string =>
    `head -c ${first} FOLDER/${file}; sleep 0.05; tail -c +${first + 1} FOLDER/${file} | head -c ${second}; sleep 0.05; tail -c +${first + second + 1} FOLDER/${file}`;
  rig.bench.runbook(
    'raw',
    `steps:
  - id: noisy
    action: linux.command
    input:
      check: [sh, -c, 'cat FOLDER/raw.1; test -e "FOLDER/$0.noisy"', "\${{ run.id }}"]
      apply: [sh, -c, '${show('raw.2')}; touch "FOLDER/$0.noisy"', "\${{ run.id }}"]
      undo: [sh, -c, 'cat FOLDER/raw.1 >&2; rm -f "FOLDER/$0.noisy"', "\${{ run.id }}"]
  - id: fails
    action: linux.command
    retry: { attempts: 1 }
    input:
      check: ["false"]
      apply: [sh, -c, '(${show('raw.1')}) >&2; exit 3']
      undo: nothing
`,
  );
}

/** F16: a run that prints so, looked at in every way there is; then put back. */
async function looked(rig: Rig, dice: Dice): Promise<Violation[]> {
  const { bench } = rig;
  const second = rawBytes(dice, 40);
  writeFileSync(bench.path('raw.1'), rawBytes(dice, 25));
  writeFileSync(bench.path('raw.2'), second);
  write(rig, [1 + dice.below(40), 1 + dice.below(4000)]);
  const run = rig.newRun();
  const start = await bench.run('start', 'raw', '--id', run, '--yes', '--plain');
  const violations = wrongExit(`start ${run}`, start, 3);
  const shown = [start];
  for (const args of [['status', run], ['logs', run, '--full'], ['report', run], ['runs']])
    shown.push(await rig.insist(...args));
  const html = await rig.insist('report', run, '--format', 'html');
  const documents: string[] = [];
  for (const what of ['status', 'report'])
    documents.push((await rig.insist(what, run, '--json')).stdout);
  for (const what of ['logs', 'watch'])
    documents.push(...(await rig.insist(what, run, '--json')).stdout.trim().split('\n'));
  await rig.insist('undo', run, '--yes', '--reason', 'seen enough');
  shown.push(html, await rig.follow(run, { serversDie: false }));
  for (const { stdout, stderr } of shown) {
    const at = `${stdout}${stderr}`.search(unseen);
    const what = JSON.stringify(`${stdout}${stderr}`.slice(Math.max(0, at - 60), at + 20));
    if (at !== -1) violations.push({ invariant: 'I10', what: `${run} is shown as ${what}` });
  }
  if (html.stdout.includes('<script>alert'))
    violations.push({ invariant: 'I10', what: `${run}: its report has a script` });
  for (const text of documents.filter((one) => !isJson(one)))
    violations.push({ invariant: 'I10', what: `no JSON: ${text.slice(0, 200)}` });
  const page = await readLog(join(bench.state, 'logs'), run, { maxBytes: 1e8, limit: 1e6 });
  const entries = page.entries.filter(({ step, verb }) => step === 'noisy' && verb === 'apply');
  if (!bytesOf(entries, 'stdout').includes(second))
    violations.push({ invariant: 'I10', what: `${run}: the log has not what was printed` });
  return violations;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** F16: output that is no text, or hostile text, by seed: so many times in a log, and in so many runs. */
export async function rawOutput(
  rig: Rig,
  dice: Dice,
  outputs: number,
  runs: number,
): Promise<Outcome> {
  const faults = await fuzzOutput(dice.fork(), outputs);
  const violations = faults.map((what): Violation => ({ invariant: 'I10', what }));
  await rig.bench.expect(0, 'dev', 'start');
  for (let at = 0; at < runs; at += 1) violations.push(...(await looked(rig, dice.fork())));
  rig.nemesis.count('outputs that are no text', outputs + 4 * runs);
  return { trials: outputs + runs, violations };
}
