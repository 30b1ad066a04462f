import type { Dice } from '../dice.js';
import type { Violation } from '../evidence.js';
import { Api, type Mood } from '../kube/api.js';
import { writeReference } from '../reference.js';
import type { Rig } from '../rig.js';
import { pause, together, wrongExit, type Outcome } from './scenario.js';
import { toTheEnd } from './struck.js';

/** What is wrong with an API server: with some of its answers, with all for a while, or with who asks. */
export const apiTroubles = [
  'throttled',
  'failing',
  'unreliable',
  'silent',
  'restarted',
  'stale-kubeconfig',
] as const;
export type ApiTrouble = (typeof apiTroubles)[number];

/** Moods of answers, and how many requests meet one on average. */
const answers = {
  throttled: [['429'], 3],
  failing: [['500', '503', '403'], 20],
  unreliable: [['reset', 'half', 'lost-answer'], 20],
  silent: [['silent'], 40],
} as const satisfies Partial<Record<ApiTrouble, readonly [readonly Mood[], number]>>;

/** Codes of a cluster that does not answer as it should; a change that nobody could look at is not settled. */
const unanswered = [
  'unreachable',
  'action-failed',
  'command-failed',
  'command-timeout',
  'not-settled',
] as const;

const runbook = 'labelled';

function writeKubeconfig(rig: Rig, api: Api): void {
  const server = `http://127.0.0.1:${api.port}/${api.token}`;
  rig.bench.write(
    'kubeconfig.yaml',
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name: 'stub', cluster: { server } }],
      users: [{ name: 'ada', user: {} }],
      contexts: [{ name: 'stub', context: { cluster: 'stub', user: 'ada' } }],
      'current-context': 'stub',
    }),
  );
}

/** An API server of the rig's own, with a runbook of the reference's form whose steps each set a label. */
export async function openApi(rig: Rig): Promise<Api> {
  const api = new Api(rig.bench.folder);
  await api.begin();
  rig.surround(() => api.stop());
  writeKubeconfig(rig, api);
  const stub = { kubeconfig: rig.bench.path('kubeconfig.yaml'), context: 'stub' };
  const inventory = { apiVersion: 'runbook/v1', clusters: { stub } };
  rig.bench.write('inventory.yaml', JSON.stringify(inventory));
  const node = '"${{ run.id }}"';
  writeReference(
    rig.bench,
    runbook,
    (id) =>
      `{ id: ${id}, on: stub, action: kube.label, input: { kind: node, name: ${node}, labels: { ${id}: done } } }`,
  );
  return api;
}

/** Lets an API server be wrong; answers what makes it well again. */
async function trouble(
  rig: Rig,
  dice: Dice,
  api: Api,
  kind: ApiTrouble,
): Promise<() => Promise<void>> {
  switch (kind) {
    case 'throttled':
    case 'failing':
    case 'unreliable':
    case 'silent': {
      const [moods, oneIn] = answers[kind];
      api.mood = () => (dice.below(oneIn) === 0 ? dice.pick<Mood>(moods) : 'well');
      return () => {
        api.mood = () => 'well';
        return Promise.resolve();
      };
    }
    case 'restarted':
      await pause(500 + dice.below(4000));
      await api.stop();
      return async () => {
        await pause(dice.below(5000));
        await api.begin();
      };
    case 'stale-kubeconfig':
      await pause(500 + dice.below(4000));
      api.token = `renewed-${dice.below(1000)}`;
      return async () => {
        await pause(dice.below(5000));
        writeKubeconfig(rig, api);
      };
  }
}

/** F23: a run, and its undo, on a cluster whose API server is wrong in one way. */
export async function clusterTroubled(
  rig: Rig,
  dice: Dice,
  api: Api,
  kind: ApiTrouble,
): Promise<Outcome> {
  const run = rig.newRun();
  const back = dice.below(2) === 0;
  const codes = kind === 'stale-kubeconfig' ? [...unanswered, 'login-failed'] : unanswered;
  await rig.start(run, { runbook, hold: back });
  const mend = await trouble(rig, dice, api, kind);
  rig.nemesis.count(`API server ${kind}`);
  const lasting = Object.hasOwn(answers, kind);
  if (!lasting) await mend();
  const violations = await toTheEnd(rig, run, codes, { holds: back ? 'hold' : null });
  if (back) {
    await rig.insist('undo', run, '--yes');
    violations.push(...(await toTheEnd(rig, run, [...codes, 'undo-failed'], { exit: 4 })));
  }
  if (lasting) await mend();
  const told = [...violations, ...(await rig.judge(run))];
  return { trials: 1, violations: told.map((one) => ({ ...one, what: `${kind}: ${one.what}` })) };
}

/** How a drain comes to no end, or to one after all. */
export const drains = ['blocked', 'looping', 'freed'] as const;
export type DrainEnd = (typeof drains)[number];

const drainSeconds = 12;

function writeDrain(rig: Rig): void {
  const node = '"${{ run.id }}"';
  rig.bench.runbook(
    'drain',
    `steps:
  - { id: cordon, on: stub, action: kube.schedulable, input: { node: ${node}, schedulable: false } }
  - { id: drain, on: stub, action: kube.drained, input: { node: ${node} }, timeout: ${drainSeconds}s }
onFailure: undo
`,
  );
}

/**
 * F23: a drain that a budget blocks for ever, one whose pods come back again and again, and one that is let go
 * after a while. It ends in its time; what cannot be done is put back, and nothing else is.
 */
export async function drained(rig: Rig, dice: Dice, api: Api, end: DrainEnd): Promise<Outcome> {
  writeDrain(rig);
  const run = rig.newRun();
  for (const pod of ['web-1', 'web-2']) api.addPod(pod, run);
  api.allowed = end === 'looping' ? 1 : 0;
  api.looping = end === 'looping';
  const started = rig.bench.run('start', 'drain', '--id', run, '--plain');
  if (end === 'freed') {
    await pause(1000 + dice.below(3000));
    api.allowed = 2;
  }
  const result = await started;
  rig.nemesis.count(`drain ${end}`);
  const { record } = await rig.evidence(run);
  const [state, code, schedulable, pods] =
    end === 'freed' ? (['succeeded', 0, false, 0] as const) : (['undone', 4, true, 2] as const);
  const violations: Violation[] = wrongExit(`start drain (${end})`, result, code);
  if (record.state !== state)
    violations.push({ invariant: 'I5', what: `${end}: ${run} has ${record.state}, not ${state}` });
  if ((api.node(run).spec['unschedulable'] !== true) !== schedulable)
    violations.push({ invariant: 'I4', what: `${end}: the node of ${run} is not as it should be` });
  if (api.podsOn(run).length !== pods)
    violations.push({ invariant: 'I5', what: `${end}: not ${pods} pods on the node of ${run}` });
  return { trials: 1, violations };
}

/** F23: everything once that can be wrong with an API server. */
export async function everyApiTrouble(rig: Rig, dice: Dice): Promise<Outcome> {
  const api = await openApi(rig);
  await rig.bench.expect(0, 'dev', 'start');
  const outcomes: Outcome[] = [];
  for (const kind of dice.shuffled(apiTroubles))
    outcomes.push(await clusterTroubled(rig, dice, api, kind));
  return together(outcomes);
}

/** F23: every end of a drain. */
export async function everyDrain(rig: Rig, dice: Dice): Promise<Outcome> {
  const api = await openApi(rig);
  await rig.bench.expect(0, 'dev', 'start');
  const outcomes: Outcome[] = [];
  for (const end of dice.shuffled(drains)) outcomes.push(await drained(rig, dice, api, end));
  return together(outcomes);
}
