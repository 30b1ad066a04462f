import { until } from '../../client/e2e/bench.js';
import type { Dice } from '../dice.js';
import type { Violation } from '../evidence.js';
import { effectSteps } from '../reference.js';
import type { Rig } from '../rig.js';
import { wrongExit, type Outcome } from './scenario.js';

/** Workers that take the run's workflow task and die with it, one after the other. */
const takers = 6;
/**
 * The longest that the run may stand still once a worker stays, ms: the task counts as lost after ten seconds, and the
 * machine is busy. By itself, the server waits for 23 seconds after six, and for ten minutes after some more.
 */
const backWithinMs = 16_000;

/**
 * F1: the worker is killed, and six others take what the run has to decide next, and are never heard of again: a worker that
 * crashes as soon as it has begun to work. Then one stays. A decision that comes meanwhile reaches the run.
 */
export async function tasksLost(rig: Rig, dice: Dice): Promise<Outcome> {
  const run = rig.newRun();
  const spot = { step: dice.pick(effectSteps), point: 'during' } as const;
  rig.nemesis.lay(run, spot, { kills: ['worker'], lingerSeconds: 0 });
  await rig.start(run);
  await until('the worker is killed', () => rig.nemesis.process('worker') === null);
  const server = await rig.connected();
  const handle = server.workflow.getHandle(run);
  const { taskQueue } = await handle.describe();
  // What nobody listens to is something to decide, too.
  await handle.signal('nobody-listens');
  const poll = { namespace: server.options.namespace, taskQueue: { name: taskQueue } };
  for (let taken = 0; taken < takers; taken += 1) {
    const { taskToken } = await server.withDeadline(Date.now() + 60_000, () =>
      server.workflowService.pollWorkflowTaskQueue(poll),
    );
    if (taskToken.length === 0) throw new Error(`${run}: no workflow task after ${taken}`);
  }
  rig.nemesis.count('workflow task taken and lost', takers);
  const before = await rig.progress(run);
  const violations: Violation[] = [];
  // The server refuses it until a worker has got through; the run itself then says that it is not paused.
  const decided = rig.bench.run('resume', run);
  const followed = rig.follow(run, { serversDie: false });
  await until('a worker is back', () => rig.nemesis.process('worker'));
  const since = Date.now();
  await until('the run goes on', async () => (await rig.progress(run)) > before, 120_000);
  const ms = Date.now() - since;
  if (ms > backWithinMs)
    violations.push({ invariant: 'I8', what: `${run} stood still for ${ms} ms with a worker` });
  violations.push(...wrongExit(`watch ${run}`, await followed, 0));
  const { code, stderr } = await decided;
  if (code !== 1 || !stderr.includes('not-waiting'))
    violations.push({ invariant: 'I8', what: `resume ${run}: exit ${code}: ${stderr}` });
  return { trials: 1, violations: [...violations, ...(await rig.judge(run))] };
}
