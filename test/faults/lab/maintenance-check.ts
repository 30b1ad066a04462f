import { exitOfRun } from '../../../client/exit.js';
import type { StepOutcome } from '../../../core/run/outcome.js';
import { judge, leftovers, type Evidence, type Found, type Violation } from '../evidence.js';
import { wayBack, wayOut, type Deed, type DeedKind } from './deeds.js';
import type { Calls } from './lab.js';

/** How a maintenance comes to its end. */
export const endings = ['by hand', 'restarted', 'undone', 'cancelled'] as const;
export type Ending = (typeof endings)[number];

/** All that is known of one maintenance from outside. */
export interface Account extends Evidence {
  readonly node: string;
  readonly ending: Ending;
  /** What was seen to be done while it went on, to any node. */
  readonly deeds: readonly Deed[];
  /** What is not as it was before. */
  readonly changed: readonly string[];
  /** Operations of which two attempts were at work at once. */
  readonly overlaps: readonly string[];
  /** A user's calls meanwhile. */
  readonly calls: Calls;
}

/** Lost calls that the runbook allows; what loses more has gone in another order. */
const maxFailed = 5;
/** Two watches may tell of two things in another order than they came in, ms. */
const slackMs = 1500;

function byVersion(deeds: readonly Deed[]): Deed[] {
  return deeds
    .filter(({ version }) => version !== null)
    .toSorted((one, other) => (one.version ?? 0) - (other.version ?? 0));
}

function first(deeds: readonly Deed[], what: DeedKind): Deed | undefined {
  return byVersion(deeds).find((deed) => deed.what === what);
}

function own({ deeds, node }: Account): readonly Deed[] {
  return deeds.filter((deed) => deed.node === node);
}

/** I1: each change was made once, a person's decision was taken once, and the machine was restarted as often as asked. */
function once(account: Account): Found {
  const { record, ending } = account;
  const deeds = own(account);
  const found: string[] = [];
  for (const what of [...wayOut, ...wayBack]) {
    const times = deeds.filter((deed) => deed.what === what).length;
    if (times > 1) found.push(`${what} was done ${times} times`);
    if (times === 0 && record.state === 'succeeded') found.push(`${what} was never done`);
  }
  const boots = deeds.filter(({ what }) => what === 'boot').length;
  const wanted = ending === 'restarted' && record.state === 'succeeded' ? 1 : 0;
  if (boots !== wanted) found.push(`the machine was restarted ${boots} times, not ${wanted}`);
  for (const verb of ['confirm', 'undo', 'cancel'] as const) {
    const times = record.decisions.filter((one) => one.verb === verb).length;
    if (times > 1) found.push(`${verb} was taken ${times} times`);
  }
  return found;
}

/** I2: no two attempts at work at once, and nobody else's claim. */
function alone(account: Account): Found {
  const holder = `runbook/${account.run}`;
  const others = own(account).filter(({ what, whose }) => what === 'claim' && whose !== holder);
  return [
    ...account.overlaps,
    ...others.map(({ whose }) => `${account.node} was claimed by ${whose}`),
  ];
}

/** Pods leave after the cordon and before the routes, and all that leave are gone by then. */
function drain(deeds: readonly Deed[]): Found {
  const [cordon, withdraw, uncordon] = (['cordon', 'withdraw', 'uncordon'] as const).map(
    (what) => first(deeds, what)?.version ?? undefined,
  );
  const end = withdraw ?? uncordon ?? Number.POSITIVE_INFINITY;
  return deeds.flatMap(({ what, whose, version }) => {
    if (version === null) return [];
    if (what === 'evict' && (version < (cordon ?? Number.POSITIVE_INFINITY) || version > end))
      return [`${whose} was evicted ${version > end ? 'after the drain' : 'before the cordon'}`];
    if (what === 'gone' && withdraw !== undefined && version > withdraw)
      return [`${whose} was not gone when the routes were withdrawn`];
    return [];
  });
}

/** The node comes back when the routers had forgotten it, and takes pods when they have it again. */
function routes(deeds: readonly Deed[], succeeded: boolean): Found {
  const until = (end: Deed): Deed | undefined =>
    deeds.findLast(
      ({ what, at }) => (what === 'lost' || what === 'found') && at <= end.at + slackMs,
    );
  const [select, uncordon] = [first(deeds, 'select'), first(deeds, 'uncordon')];
  const lost = deeds.some(({ what, at }) => what === 'lost' && at <= (select?.at ?? 0) + slackMs);
  return [
    ...(succeeded && !lost ? ['the routers had not forgotten it when it came back'] : []),
    ...(uncordon !== undefined && until(uncordon)?.what === 'lost'
      ? ['it took pods again before the routers had its routes']
      : []),
  ];
}

/** I3: out of service and back in the order that loses no call. */
function order(account: Account): Found {
  const { record, deeds: all, node, calls } = account;
  const deeds = own(account);
  const isChange = (what: DeedKind): boolean => [...wayOut, ...wayBack].some((one) => one === what);
  const came = byVersion(deeds).flatMap(({ what }) => (isChange(what) ? [what] : []));
  const out = wayOut.filter((what) => came.includes(what)).length;
  const due = [...wayOut.slice(0, out), ...wayBack.slice(wayBack.length - out)];
  const elsewhere = all.filter((deed) => deed.node !== node && isChange(deed.what));
  const lost = Math.max(calls.failed, ...record.probes.map(({ failed }) => failed));
  return [
    ...(came.join() === due.join() ? [] : [`changed in the order ${came.join(', ')}`]),
    ...elsewhere.map((deed) => `${deed.what} at ${deed.node}, which it has nothing to do with`),
    ...drain(deeds),
    ...routes(deeds, record.state === 'succeeded'),
    ...(lost > maxFailed ? [`${lost} calls of the service were lost`] : []),
  ];
}

/** I4: what a run leaves is what it has found. */
function restored({ changed, record }: Account): Found {
  return changed.map((what) => `${record.state}, and ${what}`);
}

/** How the steps of a run that has succeeded have to have ended. */
function dueOutcomes({ ending }: Account, evicted: boolean): Record<string, StepOutcome> {
  return {
    claim: 'changed',
    cordon: 'changed',
    drain: evicted ? 'changed' : 'unchanged',
    withdraw: 'changed',
    ...(ending === 'restarted' ? { 'work/restart': 'changed' } : { 'by-hand': 'confirmed' }),
    'still-claimed': 'unchanged',
    advertise: 'restored',
    schedulable: 'restored',
    release: 'restored',
  };
}

/** I5: the record says of each change what the cluster has seen, and the exit code says the same. */
function report(account: Account): Found {
  const { record, exit, ending } = account;
  const deeds = own(account);
  const code = exitOfRun(record);
  const wanted = ending === 'undone' || ending === 'cancelled' ? 'undone' : 'succeeded';
  const found = exit === code ? [] : [`exit code ${exit} of a run that has ${record.state}`];
  if (record.state !== wanted) found.push(`it has ${record.state}, not ${wanted}`);
  const outcomes = new Map(record.steps.map((step) => [step.path, step]));
  if (record.state === 'succeeded') {
    const evicted = deeds.some(({ what }) => what === 'evict');
    for (const [path, due] of Object.entries(dueOutcomes(account, evicted))) {
      const outcome = outcomes.get(path)?.outcome ?? null;
      if (outcome !== due) found.push(`${path} is reported as ${outcome}, not ${due}`);
    }
  }
  for (const path of wayOut) {
    const step = outcomes.get(path);
    const done = deeds.some(({ what }) => what === path);
    if (done && step?.applied !== true) found.push(`${path} was done, and the record has no apply`);
    if (!done && step?.outcome === 'changed') found.push(`${path} is reported, and was not done`);
    if (record.state === 'undone' && done && step?.outcome !== 'undone')
      found.push(`${path} is reported as ${step?.outcome}, and was put back`);
  }
  return found;
}

/** Everything that a maintenance has broken; nothing for one that is sound. */
export function checkMaintenance(account: Account): Violation[] {
  return judge(account, [
    ['I1', () => once(account)],
    ['I2', () => alone(account)],
    ['I3', () => order(account)],
    ['I4', () => restored(account)],
    ['I5', () => report(account)],
    ['I7', leftovers],
  ]);
}
