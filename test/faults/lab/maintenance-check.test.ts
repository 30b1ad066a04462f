import { expect, test } from '@jest/globals';
import { record, step } from '../../client/records.js';
import type { StepRecord } from '../../../core/record.js';
import type { Deed, DeedKind } from './deeds.js';
import { checkMaintenance, type Account, type Ending } from './maintenance-check.js';
import { differences } from './situation.js';

const node = 'k8s-w0';

/** Deeds in this order: a version and a second apart. */
function deeds(...kinds: readonly (DeedKind | readonly [DeedKind, Partial<Deed>])[]): Deed[] {
  return kinds.map((kind, index) => {
    const [what, facts] = typeof kind === 'string' ? ([kind, {}] as const) : kind;
    const ofRoute = what === 'lost' || what === 'found';
    const whose = { claim: 'runbook/m-1', evict: 'web-1', gone: 'web-1' }[what as string] ?? '';
    const version = ofRoute ? null : index;
    return { what, node, whose, version, at: index * 10_000, ...facts };
  });
}

const out = ['claim', 'cordon', 'evict', 'gone', 'withdraw', 'lost'] as const;
const back = ['select', 'found', 'uncordon', 'release'] as const;

function account(ending: Ending, done: readonly Deed[], steps: readonly StepRecord[]): Account {
  const undone = ending === 'undone' || ending === 'cancelled';
  return {
    run: 'm-1',
    marks: [],
    effects: {},
    record: { ...record(), run: 'm-1', state: undone ? 'undone' : 'succeeded', steps: [...steps] },
    exit: undone ? 4 : 0,
    processes: [],
    leases: [],
    node,
    ending,
    deeds: done,
    changed: [],
    overlaps: [],
    calls: { made: 400, failed: 1 },
  };
}

function ended(outcomes: Readonly<Record<string, StepRecord['outcome']>>): StepRecord[] {
  return Object.entries(outcomes).map(([path, outcome]) =>
    step(path, { outcome, applied: outcome === 'changed' || outcome === 'undone' }),
  );
}

const whole = ended({
  claim: 'changed',
  cordon: 'changed',
  drain: 'changed',
  withdraw: 'changed',
  'by-hand': 'confirmed',
  'still-claimed': 'unchanged',
  advertise: 'restored',
  schedulable: 'restored',
  release: 'restored',
});
const sound = account('by hand', deeds(...out, ...back), whole);
const half = account(
  'cancelled',
  deeds('claim', 'cordon', 'evict', 'gone', 'uncordon', 'release'),
  ended({ claim: 'undone', cordon: 'undone', drain: 'undone', withdraw: null }),
);

const broken = (facts: Partial<Account>): string[] =>
  checkMaintenance({ ...sound, ...facts }).map(({ invariant, what }) => `${invariant} ${what}`);

test('a maintenance that went as it should is sound; so is one that was put back half through', () => {
  expect(checkMaintenance(sound)).toEqual([]);
  expect(checkMaintenance(half)).toEqual([]);
});

test('what is done twice, or never, is found', () => {
  const twice = deeds('claim', 'cordon', ...out.slice(1), ...back);
  expect(broken({ deeds: twice })).toContain('I1 m-1: cordon was done 2 times');
  const never = deeds('claim', 'cordon', 'evict', 'gone', 'uncordon', 'release');
  expect(broken({ deeds: never })).toContain('I1 m-1: withdraw was never done');
  expect(broken({ deeds: deeds(...out, 'boot', ...back) })).toEqual([
    'I1 m-1: the machine was restarted 1 times, not 0',
  ]);
});

test('attempts at once, and the claim of another, are found', () => {
  const other = deeds(['claim', { whose: 'runbook/m-0' }], ...out.slice(1), ...back);
  expect(broken({ deeds: other, overlaps: ['both'] })).toEqual([
    'I2 m-1: both',
    'I2 m-1: k8s-w0 was claimed by runbook/m-0',
  ]);
});

test('another order is found', () => {
  const early = deeds('claim', 'cordon', 'withdraw', 'lost', 'evict', 'gone', ...back);
  expect(broken({ deeds: early })).toEqual([
    'I3 m-1: web-1 was evicted after the drain',
    'I3 m-1: web-1 was not gone when the routes were withdrawn',
  ]);
  const routeless = deeds(...out, 'select', 'uncordon', 'found', 'release');
  expect(broken({ deeds: routeless })).toEqual([
    'I3 m-1: it took pods again before the routers had its routes',
  ]);
  const wrongWayBack = deeds(...out, 'uncordon', 'select', 'found', 'release');
  expect(broken({ deeds: wrongWayBack })).toContain(
    'I3 m-1: changed in the order claim, cordon, withdraw, uncordon, select, release',
  );
  const stale = deeds('claim', 'cordon', 'evict', 'gone', 'withdraw', ...back);
  expect(broken({ deeds: stale })).toEqual([
    'I3 m-1: the routers had not forgotten it when it came back',
  ]);
  const late = deeds(...out, ...back, 'evict');
  expect(broken({ deeds: late })).toContain('I3 m-1: web-1 was evicted after the drain');
  const elsewhere = [...sound.deeds, ...deeds(['cordon', { node: 'k8s-w1' }])];
  expect(broken({ deeds: elsewhere })).toEqual([
    'I3 m-1: cordon at k8s-w1, which it has nothing to do with',
  ]);
  expect(broken({ calls: { made: 400, failed: 6 } })).toEqual([
    'I3 m-1: 6 calls of the service were lost',
  ]);
});

test('what is left is found: on the nodes, in the record, among processes and leases', () => {
  expect(broken({ changed: ['node k8s-w0: cordoned'] })).toEqual([
    'I4 m-1: succeeded, and node k8s-w0: cordoned',
  ]);
  expect(broken({ processes: ['kubectl'], leases: ['host/k8s-w0'] })).toEqual([
    'I7 m-1: still there: kubectl',
    'I7 m-1: the lease on host/k8s-w0 was not given back',
  ]);
});

test('a record that says something else than the cluster is found', () => {
  expect(broken({ exit: 4 })).toEqual(['I5 m-1: exit code 4 of a run that has succeeded']);
  const idle = ['claim', 'cordon', 'withdraw', 'lost', ...back] as const;
  expect(broken({ deeds: deeds(...idle) })).toEqual([
    'I5 m-1: drain is reported as changed, not unchanged',
  ]);
  const unknown = whole.map((one) => (one.path === 'cordon' ? { ...one, applied: false } : one));
  expect(broken({ record: { ...sound.record, steps: unknown } })).toEqual([
    'I5 m-1: cordon was done, and the record has no apply',
  ]);
  const kept = { ...half.record, steps: ended({ claim: 'undone', cordon: 'changed' }) };
  expect(checkMaintenance({ ...half, record: kept }).map(({ what }) => what)).toEqual([
    'm-1: cordon is reported as changed, and was put back',
  ]);
});

test('two looks that differ say where', () => {
  expect(differences({ a: '1', b: '2', c: '3' }, { a: '1', b: '5', d: '6' })).toEqual([
    'b: 5, and was 2',
    'c: not there, and was 3',
    'd: 6, and was not there',
  ]);
});
