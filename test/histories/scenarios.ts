import { setTimeout as delay } from 'node:timers/promises';
import { WorkflowNotFoundError } from '@temporalio/client';
import { localHost } from '../../core/run/frame.js';
import type { Bench, TestRun } from '../temporal/bench.js';
import { broken, shaky } from '../temporal/world.js';

/** What is recorded under a name: a workflow that has ended, by its id. */
export interface Scenario {
  readonly name: string;
  /** Runs it to its end; answers the id of the workflow whose histories are kept. */
  readonly play: (bench: Bench) => Promise<string>;
}

const set = (id: string, key: string, value: unknown, more: object = {}): object => ({
  id,
  action: 'world.set',
  input: { key, value },
  ...more,
});
const holds = (id: string, key: string, value: unknown, more: object = {}): object => ({
  id,
  wait: 'world.is',
  input: { key, value },
  ...more,
});

async function ended(run: TestRun): Promise<string> {
  await run.end();
  return run.handle.workflowId;
}

async function seen(bench: Bench, line: string): Promise<void> {
  while (!bench.world.log.includes(line)) await delay(20);
}

/** A decision that the run does not take. */
async function notTaken(decision: Promise<void>): Promise<void> {
  if (
    await decision.then(
      () => true,
      () => false,
    )
  )
    throw new Error('it was taken');
}

/** Votes: an early one, one for a plan that has moved, one with a bad signature, and some after more people are asked. */
async function voted(bench: Bench): Promise<string> {
  const run = await bench.start(
    {
      name: 'voted',
      steps: [
        { id: 'ready', manual: 'Ready?' },
        {
          id: 'ok',
          approval: 'Go on?',
          approvers: ['sre'],
          quorum: 2,
          timeout: '3s',
          onTimeout: 'escalate',
          escalate: { to: ['leads'], timeout: '10m' },
        },
        set('a', 'x', 1),
        { id: 'slow', action: 'world.slow', input: { key: 'z', value: 2 } },
      ],
    },
    {
      approvers: {
        groups: { sre: ['bob', 'cid'], leads: ['dora'] },
        allowedSigners: 'cid ssh-ed25519 AAAA\n',
        signatures: 'optional',
        proposals: 'anybody',
      },
    },
    'voted-1',
  );
  const asked = async (words: string): Promise<string> => {
    for (;;) {
      const [waiting] = (await run.record()).waitingFor;
      if (waiting?.message.includes(words) === true) return waiting.since;
      await delay(20);
    }
  };
  await asked('Ready?');
  await run.decide('approve', { step: 'ok', by: 'bob' });
  await run.decide('confirm', { step: 'ready' });
  await asked('Go on?');
  bench.world.values['x'] = 1;
  await notTaken(run.decide('approve', { by: 'cid' }));
  const since = await asked('asked again');
  const signature = { text: 'nothing', at: '2026-01-01T00:00:00Z', asked: since };
  await notTaken(run.decide('approve', { by: 'cid', signature }));
  await run.decide('approve', { by: 'bob' });
  await asked('asks leads, too');
  await run.decide('approve', { by: 'dora' });
  return ended(run);
}

/** One run with every kind of step, and with everything that happens beside the steps. */
async function everyKind(bench: Bench): Promise<string> {
  let busy = true;
  bench.world.before = async (verb, key) => {
    if (verb === 'check' && key === 'late') await delay(2500);
    if (verb === 'apply' && key === 'y' && busy) {
      busy = false;
      throw shaky('busy');
    }
  };
  bench.world.values['up'] = true;
  bench.world.values['same'] = 1;
  bench.runbooks['worker'] = bench.request({
    name: 'worker',
    inputs: { n: { type: 'number', description: 'A number.' } },
    guards: [{ id: 'up', action: 'world.is', input: { key: 'up', value: true } }],
    steps: [set('inner', 'i', '${{ inputs.n }}')],
    outputs: { i: '${{ steps.inner.output.value }}' },
  }).runbook;
  const run = await bench.start(
    {
      name: 'every-kind',
      title: 'Every kind of step',
      inputs: { key: { type: 'string', description: 'A key.' } },
      locks: ['host/every-kind'],
      guards: [
        { id: 'is-up', action: 'world.is', input: { key: 'up', value: true } },
        { id: 'not-asked', if: '${{ false }}', action: 'world.is', input: { key: 'up', value: 1 } },
      ],
      probes: [{ id: 'svc', action: 'world.is', input: { key: 'up', value: true, every: 20 } }],
      steps: [
        set('changes', '${{ inputs.key }}', 1),
        set('same', 'same', 1),
        set('again', 'y', 1, { retry: { attempts: 3, interval: '100ms' } }),
        set('late', 'late', 1),
        { id: 'slow', action: 'world.slow', input: { key: 'z', value: '${{ 1 + 1 }}' } },
        holds('holds', 'z', 2),
        set('left-out', 'w', 1, { if: '${{ inputs.key == "w" }}' }),
        { id: 'pause', delay: '100ms' },
        { id: 'hosts', action: 'world.set', on: ['h1', 'local'], input: { key: 'h', value: 1 } },
        { id: 'go', approval: 'Go on?', timeout: '10m' },
        { id: 'by-hand', manual: 'Do it.' },
        { id: 'work', call: 'worker', input: { n: 5 } },
        set('uses', 'u', '${{ steps.work.output.i }}'),
        {
          id: 'both',
          parallel: [
            set('one', 'p1', 1),
            { id: 'two', action: 'world.slow', input: { key: 'p2', value: 1 } },
          ],
        },
        { id: 'some', steps: [holds('up-still', 'up', true), set('last', 'l', 1)] },
        { id: 'nobody', manual: 'Or not.', timeout: '100ms', onTimeout: 'continue' },
        { id: 'back', restore: 'changes' },
      ],
      finally: [set('end', 'end', 1)],
      outputs: { u: '${{ steps.uses.output.value }}' },
    },
    { inputs: { key: 'x' } },
    'every-kind-1',
  );
  await run.until('waiting');
  await run.decide('approve');
  await run.until('running', 'waiting');
  await run.decide('pause');
  await run.decide('confirm', { step: 'by-hand' });
  await run.until('paused');
  await run.decide('resume');
  return ended(run);
}

/** A step fails, refuses two decisions, and is tried again with an edited input; another one is skipped. */
async function parkedAndRetried(bench: Bench): Promise<string> {
  bench.world.before = (verb, key) => {
    if (verb === 'apply' && (key === 'y' || key === 'z')) throw broken('the tool says no');
  };
  const run = await bench.start(
    {
      name: 'parked',
      steps: [set('a', 'x', 1), set('b', 'y', 1), set('c', 'z', 1), holds('d', 'd', 1)],
    },
    {},
    'parked-1',
  );
  await run.until('parked');
  await run.decide('approve').catch(() => undefined);
  await run.decide('retry', { input: { nonsense: 1 } }).catch(() => undefined);
  await run.decide('confirm').catch(() => undefined);
  await run.decide('retry', { input: { key: 'other' } });
  while ((await run.until('parked')).waitingFor[0]?.path !== 'c') await delay(20);
  await run.decide('skip', { step: 'c', outputs: { value: 3 } });
  bench.world.values['d'] = 1;
  return ended(run);
}

/** What was done stops being so while the run is parked, and is done again. */
async function regressed(bench: Bench): Promise<string> {
  let stuck = true;
  bench.world.before = (verb, key) => {
    if (verb === 'apply' && key === 'y' && stuck) throw broken('the tool says no');
  };
  const run = await bench.start(
    { name: 'regressed', steps: [set('a', 'x', 1), set('b', 'y', 1)] },
    {},
    'regressed-1',
  );
  await run.until('parked');
  bench.world.values['x'] = 'somebody was here';
  stuck = false;
  await run.decide('retry', { step: 'b' });
  while ((await run.until('parked')).waitingFor[0]?.path !== 'a') await delay(20);
  await run.decide('retry', { step: 'a' });
  return ended(run);
}

/** Put back newest first, with a wait in between and a park of its own. */
async function undone(bench: Bench): Promise<string> {
  let stuck = true;
  bench.world.before = (verb, key) => {
    if (verb === 'apply' && key === 'z') throw broken('no');
    if (verb === 'undo' && key === 'x' && stuck) throw broken('not now');
  };
  bench.world.values['x'] = 'old';
  const run = await bench.start(
    {
      name: 'undone',
      steps: [
        set('a', 'x', 1),
        set('b', 'y', 1, { afterUndo: ['settled'] }),
        holds('settled', 'x', 1),
        set('c', 'z', 1),
      ],
      finally: [set('end', 'end', 1)],
    },
    {},
    'undone-1',
  );
  await run.until('parked');
  await run.decide('undo');
  while ((await run.until('parked')).waitingFor[0]?.path !== 'a') await delay(20);
  stuck = false;
  await run.decide('retry', { step: 'a' });
  return ended(run);
}

/** Put back down to a step, and on again from there. */
async function partlyUndone(bench: Bench): Promise<string> {
  let stuck = true;
  bench.world.before = (verb, key) => {
    if (verb === 'apply' && key === 'z' && stuck) throw broken('no');
  };
  const run = await bench.start(
    { name: 'partly-undone', steps: [set('a', 'x', 1), set('b', 'y', 1), set('c', 'z', 1)] },
    {},
    'partly-undone-1',
  );
  await run.until('parked');
  await run.decide('undo', { step: 'b' });
  while ((await run.until('parked')).waitingFor[0]?.path !== 'b') await delay(20);
  stuck = false;
  await run.decide('retry', { step: 'b' });
  return ended(run);
}

/** A step of a called runbook parks. */
async function called(bench: Bench): Promise<string> {
  let stuck = true;
  bench.world.before = (verb, key) => {
    if (verb === 'apply' && key === 'b' && stuck) throw broken('no');
  };
  bench.runbooks['inner'] = bench.request({
    name: 'inner',
    locks: ['host/inner'],
    steps: [set('b', 'b', 1)],
    finally: [set('end', 'end', 1)],
    outputs: { b: '${{ steps.b.output.value }}' },
  }).runbook;
  bench.runbooks['outer'] = bench.request({
    name: 'outer',
    steps: [{ id: 'call', call: 'inner' }],
    outputs: { b: '${{ steps.call.output.b }}' },
  }).runbook;
  const run = await bench.start(
    {
      name: 'caller',
      steps: [{ id: 'call', call: 'outer' }, set('a', 'a', '${{ steps.call.output.b }}')],
    },
    {},
    'called-1',
  );
  await run.until('parked');
  stuck = false;
  await run.decide('retry');
  return ended(run);
}

/** Goes on in new histories, with its lease, its probe and its undo. */
async function continued(bench: Bench): Promise<string> {
  bench.world.values['up'] = true;
  bench.world.before = (verb, key) => {
    if (verb === 'apply' && key === 'last') throw broken('no');
  };
  const steps = Array.from({ length: 12 }, (_, i) => set(`s${i}`, `k${i}`, i));
  const run = await bench.start(
    {
      name: 'continued',
      onFailure: 'undo',
      locks: ['host/continued'],
      probes: [{ id: 'svc', action: 'world.is', input: { key: 'up', value: true } }],
      steps: [...steps, set('last', 'last', 1)],
    },
    { newHistoryAfter: 40 },
    'continued-1',
  );
  return ended(run);
}

/** Cancelled in the middle of an apply: what was done is put back, and `finally` runs. */
async function cancelled(bench: Bench): Promise<string> {
  bench.world.before = async (verb, key, signal) => {
    if (verb !== 'apply' || key !== 'slow') return;
    await new Promise((_resolve, reject) =>
      signal.addEventListener('abort', () => reject(signal.reason as Error)),
    );
  };
  const run = await bench.start(
    {
      name: 'cancelled',
      steps: [set('a', 'x', 1), set('b', 'slow', 1)],
      finally: [set('end', 'end', 1)],
    },
    {},
    'cancelled-1',
  );
  await seen(bench, 'apply slow');
  await run.decide('cancel', { undo: true });
  return ended(run);
}

/** Does not hold: nothing is touched. */
async function refused(bench: Bench): Promise<string> {
  const run = await bench.start(
    {
      name: 'refused',
      locks: ['host/refused'],
      guards: [{ id: 'up', action: 'world.is', input: { key: 'up', value: true } }],
      steps: [set('a', 'x', 1)],
    },
    {},
    'refused-1',
  );
  return ended(run);
}

async function planned(bench: Bench): Promise<string> {
  bench.world.values['y'] = 2;
  const workflowId = 'plan/planned-1';
  await bench.client.workflow.execute('plan', {
    taskQueue: bench.taskQueue,
    workflowId,
    args: [
      bench.request({
        name: 'planned',
        steps: [
          set('a', 'x', 1),
          set('b', 'y', 2),
          set('c', 'z', '${{ steps.a.output.value }}'),
          { id: 's', action: 'world.slow', input: { key: 's', value: 1 } },
        ],
      }),
    ],
  });
  return workflowId;
}

/** A plan in which several targets are looked at together. */
async function plannedOnMany(bench: Bench): Promise<string> {
  const workflowId = 'plan/planned-on-many-1';
  const hosts = { local: localHost, h1: { ...localHost, name: 'h1' } };
  await bench.client.workflow.execute('plan', {
    taskQueue: bench.taskQueue,
    workflowId,
    args: [
      bench.request(
        {
          name: 'planned-on-many',
          steps: [
            { id: 'a', on: ['h1', 'local'], action: 'world.set', input: { key: 'x', value: 1 } },
            { id: 'b', on: ['local', 'h1'], action: 'world.set', input: { key: 'y', value: 1 } },
          ],
        },
        { inventory: { hosts, clusters: {}, groups: {} } },
      ),
    ],
  });
  return workflowId;
}

/** A check for drift that is kept, and tells what it has found. */
async function checked(bench: Bench): Promise<string> {
  const workflowId = 'plan/checked-1';
  await bench.client.workflow.execute('plan', {
    taskQueue: bench.taskQueue,
    workflowId,
    args: [
      bench.request(
        { name: 'checked', steps: [set('a', 'x', 1), holds('b', 'y', 2)] },
        {
          drift: { schedule: 'nightly', mend: 'runbook start checked' },
          notify: [{ id: 'one', on: ['drift'], command: ['true'] }],
        },
      ),
    ],
  });
  return workflowId;
}

const contended = {
  name: 'contended',
  locks: ['host/contended'],
  steps: [{ id: 'm', manual: 'x' }],
};

/** Two runs want one lease: the second one waits, a third one gives its place up. */
async function contend(bench: Bench, prefix: string): Promise<string> {
  const start = (nr: number): Promise<TestRun> =>
    bench.start(contended, { wait: true }, `${prefix}-${nr}`);
  const first = await start(1);
  await first.until('waiting');
  const second = await start(2);
  await second.until('queued');
  const third = await start(3);
  await third.until('queued');
  await third.decide('cancel');
  await third.end();
  await first.decide('confirm');
  await first.end();
  await second.until('waiting');
  await second.decide('confirm');
  return ended(second);
}

/** A run that tells people: of two steps that wait at once, of one that parks again, of its end. */
async function notified(bench: Bench, id: string): Promise<string> {
  let stuck = true;
  bench.world.before = (verb, key) => {
    if (stuck && verb === 'apply' && key === 'y') throw broken('the tool says no');
  };
  const run = await bench.start(
    {
      name: 'notified',
      steps: [
        set('a', 'x', 1),
        { id: 'both', parallel: [set('b', 'y', 1), { id: 'vote', approval: 'May it go on?' }] },
      ],
    },
    {
      notify: [
        { id: 'one', command: ['true'] },
        { id: 'two', on: ['finished'], command: ['true'] },
      ],
    },
    id,
  );
  // What they end with comes into the history too, before the decisions.
  const told = (event: string): Promise<unknown> =>
    bench.client.workflow.getHandle(`notification/${id}/${event}`).result();
  const started = async (event: string): Promise<void> => {
    for (;;) {
      try {
        await told(event);
        return;
      } catch (error) {
        if (!(error instanceof WorkflowNotFoundError)) throw error;
        await delay(50);
      }
    }
  };
  await started('both/b/parked/1');
  await started('both/vote/approval/1');
  await run.decide('approve', { step: 'both/vote' });
  await run.decide('retry', { step: 'both/b' });
  await started('both/b/parked/2');
  stuck = false;
  await run.decide('retry', { step: 'both/b' });
  await ended(run);
  await started('finished/1');
  return id;
}

/** A fleet in two histories: one item parks, its run takes the decision, and all is put back. Answers the run's id. */
async function fleet(bench: Bench, id: string): Promise<string> {
  let stuck = true;
  bench.world.before = (verb, key) => {
    if (verb === 'apply' && key === 'b' && stuck) throw broken('b is stuck');
  };
  const run = await bench.start(
    {
      name: 'fleet',
      locks: [`host/${id}`],
      steps: [
        set('first', 'x', 1),
        {
          id: 'items',
          forEach: ['a', 'b', 'c'],
          waves: [1, '100%'],
          maxUnavailable: 2,
          failureBudget: 1,
          health: [{ id: 'well', action: 'world.is', input: { key: 'x', value: 1 } }],
          locks: [`host/${id}/\${{ item }}`],
          steps: [set('mark', '${{ item }}', '${{ steps.first.output.value }}')],
        },
        { id: 'hand', manual: '${{ steps.items.output.changed }} are done.' },
      ],
    },
    { newHistoryAfter: 40 },
    id,
  );
  await run.until('parked');
  await seen(bench, 'apply c');
  stuck = false;
  await bench.client.workflow
    .getHandle(`${id}/items/b`)
    .executeUpdate('retry', { args: [{ step: null, by: 'ann', reason: 'mended' }] });
  await run.until('waiting');
  await run.decide('undo');
  return ended(run);
}

/** A lease is taken from a run whose step is parked: resumed, it takes it again, and goes on. */
async function leaseTaken(bench: Bench, id: string): Promise<string> {
  let stuck = true;
  bench.world.before = (verb, key) => {
    if (verb === 'apply' && key === 'x' && stuck) throw broken('the tool says no');
  };
  const resource = `host/${id}`;
  const definition = {
    name: 'taken',
    locks: [resource],
    steps: [set('a', 'x', 1), set('b', 'y', 1)],
  };
  const run = await bench.start(definition, {}, id);
  await run.until('parked');
  const taken = { run: id, by: 'bob', reason: 'it burns' };
  await bench.client.workflow
    .getHandle(`lease/${resource}`)
    .executeUpdate('break', { args: [taken] });
  while (!(await run.record()).decisions.some(({ verb }) => verb === 'pause')) await delay(20);
  await run.decide('resume');
  stuck = false;
  await run.decide('retry');
  return ended(run);
}

export const scenarios: readonly Scenario[] = [
  { name: 'every-kind', play: everyKind },
  { name: 'voted', play: voted },
  { name: 'parked', play: parkedAndRetried },
  { name: 'regressed', play: regressed },
  { name: 'undone', play: undone },
  { name: 'partly-undone', play: partlyUndone },
  { name: 'called', play: called },
  { name: 'continued', play: continued },
  { name: 'cancelled', play: cancelled },
  { name: 'refused', play: refused },
  { name: 'planned', play: planned },
  { name: 'planned-on-many', play: plannedOnMany },
  { name: 'checked', play: checked },
  { name: 'notified', play: (bench) => notified(bench, 'notified') },
  {
    name: 'notification',
    play: async (bench) => `notification/${await notified(bench, 'told')}/finished/1`,
  },
  { name: 'fleet', play: (bench) => fleet(bench, 'fleet-run') },
  { name: 'item', play: async (bench) => `${await fleet(bench, 'fleet-of-items')}/items/b` },
  { name: 'queued', play: (bench) => contend(bench, 'queued') },
  { name: 'lease-taken', play: (bench) => leaseTaken(bench, 'lease-taken') },
  {
    name: 'lease',
    play: async (bench) => {
      await contend(bench, 'contender');
      return 'lease/host/contended';
    },
  },
];
