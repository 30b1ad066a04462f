import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { until } from '../../client/e2e/bench.js';
import type { RunRecord } from '../../../core/record.js';
import type { Dice } from '../dice.js';
import type { Violation } from '../evidence.js';
import { OtherBuild } from '../other-build.js';
import { inUndo, points, type Point, type Spot } from '../points.js';
import { effectSteps, writeReference } from '../reference.js';
import { replayRecorded } from '../replay.js';
import type { Rig } from '../rig.js';
import { together, wrongExit, type Outcome } from './scenario.js';

const histories = fileURLToPath(new URL('../../histories/', import.meta.url));
const heldSeconds = 600;
// Not while a check is under way: one that is held up is stopped after two seconds, and begun anew.
const moments: readonly Point[] = points.filter((one) => one !== 'between' && one !== 'verifying');

/** What of a run must stay as it was when it began: its definition, and the paths of its steps. */
function plan({ definitionHash, steps }: RunRecord): string {
  return JSON.stringify([definitionHash, steps.map(({ path }) => path)]);
}

/** The runbook as somebody edits it while a run of it goes on: nothing that was in it is there any more. */
function edit(rig: Rig): void {
  writeReference(rig.bench, 'reference', (id) => `{ id: edited-${id}, manual: Edited. }`);
}

/**
 * F24: a run during which, at one point of a step, its runbook is edited and its worker is exchanged for one of another
 * build, which takes it on; then it is looked at by this build again. It keeps the plan with which it began.
 */
async function skewed(rig: Rig, other: OtherBuild, spot: Spot): Promise<Outcome> {
  const run = rig.newRun();
  const back = inUndo(spot);
  rig.nemesis.lay(run, spot, { kills: [], lingerSeconds: 0, holdSeconds: heldSeconds });
  await rig.start(run, { hold: back });
  const violations: Violation[] = [];
  if (back) {
    violations.push(...wrongExit(`watch ${run}`, await rig.follow(run, { serversDie: false }), 3));
    violations.push(...wrongExit(`undo ${run}`, await rig.insist('undo', run, '--yes'), 0));
  }
  await until('the trap springs', () => rig.nemesis.sprung(run, spot));
  const before = plan((await rig.evidence(run)).record);
  const worker = rig.nemesis.process('worker');
  edit(rig);
  const looked = await other.run('status', run);
  violations.push(...wrongExit(`status ${run} of another build`, looked, 0));
  if (rig.nemesis.process('worker')?.began === worker?.began)
    throw new Error('the worker is still that of this build');
  rig.nemesis.release(run, spot);
  const ended = await other.run('watch', run, '--plain');
  violations.push(...wrongExit(`watch ${run} of another build`, ended, back ? 4 : 0));
  const evidence = await rig.evidence(run);
  if (plan(evidence.record) !== before)
    violations.push({ invariant: 'I9', what: `${run} has not kept its plan` });
  writeReference(rig.bench);
  rig.nemesis.count(`another build takes on at ${spot.point}`);
  return { trials: 1, violations: [...violations, ...(await rig.judge(run))] };
}

/** I9: what earlier builds have recorded replays in the workflows of this one. */
async function recorded(): Promise<Violation[]> {
  const violations: Violation[] = [];
  for (const name of readdirSync(histories).filter((one) => one.endsWith('.json'))) {
    const why = await replayRecorded(JSON.parse(readFileSync(`${histories}${name}`, 'utf8')));
    if (why !== null) violations.push({ invariant: 'I9', what: `${name} does not replay: ${why}` });
  }
  return violations;
}

/** F24: another build at two points of runs and at one of an undo; and the histories of earlier ones. */
export async function versionSkew(rig: Rig, dice: Dice): Promise<Outcome> {
  const other = new OtherBuild(rig.bench);
  const outcomes: Outcome[] = [{ trials: 0, violations: await recorded() }];
  const [going, back] = [false, true].map((undo) => {
    const fit = moments.filter((point) => inUndo({ step: '', point }) === undo);
    return dice.shuffled(fit);
  });
  for (const point of [...(going ?? []).slice(0, 2), ...(back ?? []).slice(0, 1)])
    outcomes.push(await skewed(rig, other, { step: dice.pick(effectSteps), point }));
  return together(outcomes);
}
