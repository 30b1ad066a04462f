import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import type { Accepted } from '../../../core/drift/accepted.js';
import { driftHistorySchema, type DriftHistory } from '../../../core/drift/history.js';
import { identityOf } from '../../../core/drift/identity.js';
import { lasting, withCheck } from '../../../core/drift/take.js';
import { notificationSchema, type DriftNotification } from '../../../core/notification.js';
import type { PlannedStep } from '../../../core/record.js';
import type { DriftCheck, Told } from '../../../core/run/drift.js';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const at = (minute: number): string => new Date(Date.UTC(2026, 10, 24, 12, minute)).toISOString();

function step(
  path: string,
  kind: PlannedStep['kind'],
  facts: Partial<PlannedStep> = {},
): PlannedStep {
  const drift = kind === 'no-op' ? null : `${path} differs`;
  return {
    path,
    title: path,
    action: 'a.b',
    target: 'web-1',
    before: { path },
    kind,
    drift,
    ...facts,
  };
}

const failure = {
  code: 'unreachable',
  message: 'no route',
  hint: null,
  class: 'transient',
} as const;

const none: Told = { places: [], failed: false };

/** Checks one after another, a minute apart. */
class Checks {
  history: DriftHistory | null = null;
  accepted: Accepted[] = [];
  readonly #told = new Map<string | null, Told>();
  #minute = 0;

  take(steps: readonly PlannedStep[], more: Partial<DriftCheck> = {}): DriftNotification | null {
    this.#minute += 1;
    const check: DriftCheck = {
      check: `plan/schedule/nightly-${this.#minute}`,
      execution: `e${this.#minute}`,
      at: at(this.#minute),
      by: 'ada@ops',
      schedule: 'nightly',
      project: 'ops',
      runbook: 'deploy',
      title: 'Deploy',
      inputs: { host: 'web-1' },
      mend: 'runbook start deploy --host web-1',
      steps,
      failure: null,
      told: this.#told.get(more.schedule === undefined ? 'nightly' : more.schedule) ?? none,
      ...more,
    };
    return this.again(check);
  }

  again(check: DriftCheck): DriftNotification | null {
    const { history, event, places } = withCheck(this.history, check, {
      accepted: this.accepted,
      series: 's',
      identityOf: (one) => identityOf(one, sha256),
    });
    // What goes to the file comes back from it.
    this.history = driftHistorySchema.parse(JSON.parse(JSON.stringify(history)));
    // What was told goes on from check to check of a schedule.
    this.#told.set(check.schedule, { places, failed: check.failure !== null });
    if (event === null) return null;
    return notificationSchema.parse(JSON.parse(JSON.stringify(event))) as DriftNotification;
  }

  /** Path, kind, and the minutes of first, last and gone, of everything on record. */
  get entries(): unknown[] {
    const minute = (time: string | null): number | null =>
      time === null ? null : new Date(time).getUTCMinutes();
    return (this.history?.entries ?? []).map(({ path, kind, since, lastSeen, gone }) => [
      path,
      kind,
      minute(since),
      minute(lastSeen),
      minute(gone),
    ]);
  }
}

const told = (event: DriftNotification | null): unknown => {
  if (event === null) return null;
  const { appeared, gone, unknown, known } = event.data;
  const names = (list: readonly { readonly path: string }[]): string =>
    list.map(({ path }) => path).join(' ');
  return [names(appeared), names(gone), names(unknown), names(known)];
};

describe('drift over time', () => {
  test('is told when it appears, and when it is gone, and not in between', () => {
    const checks = new Checks();
    expect(checks.take([step('a', 'no-op'), step('b', 'no-op')])).toBeNull();
    expect(told(checks.take([step('a', 'change'), step('b', 'no-op')]))).toEqual(['a', '', '', '']);
    expect(
      checks.take([step('a', 'change', { drift: 'other words' }), step('b', 'no-op')]),
    ).toBeNull();
    expect(told(checks.take([step('a', 'change'), step('b', 'does-not-hold')]))).toEqual([
      'b',
      '',
      '',
      '',
    ]);
    const event = checks.take([step('a', 'no-op'), step('b', 'does-not-hold')]);
    expect(told(event)).toEqual(['', 'a', '', '']);
    expect(event).toMatchObject({
      id: 'plan/schedule/nightly-5/drift/e5',
      source: '/runbook/ops/nightly',
      subject: 'nightly',
      data: {
        message: 'drift of deploy: 1 is as wanted again; 1 now',
        drifting: 1,
        gone: [{ path: 'a', kind: 'change', since: at(2) }],
      },
    });
    expect(checks.entries).toEqual([
      ['b', 'does-not-hold', 4, 5, null],
      ['a', 'change', 2, 4, 5],
    ]);
    expect(told(checks.take([step('a', 'change'), step('b', 'no-op')]))).toEqual([
      'a',
      'b',
      '',
      '',
    ]);
    expect(checks.history).toMatchObject({ checks: 6, last: { outcome: 'drift', at: at(6) } });
  });

  test('names the run that would mend it only where a run would', () => {
    const mend = 'runbook start deploy --host web-1';
    const commands = (event: DriftNotification | null): unknown =>
      event?.data.commands.map(({ command }) => command);
    const looks = ['runbook drift show deploy', 'runbook schedule show nightly'];
    expect(commands(new Checks().take([step('a', 'disrupt')]))).toEqual([mend, ...looks]);
    expect(commands(new Checks().take([step('a', 'does-not-hold')]))).toEqual(looks);
  });

  test('another kind of drift of the same step is news, and the old one is not called mended', () => {
    const checks = new Checks();
    checks.take([step('a', 'change')]);
    expect(told(checks.take([step('a', 'destroy')]))).toEqual(['a', '', '', '']);
    expect(checks.entries).toEqual([
      ['a', 'destroy', 2, 2, null],
      ['a', 'change', 1, 1, 2],
    ]);
  });

  test('a step that is checked no more has no drift', () => {
    const checks = new Checks();
    checks.take([step('a', 'change')]);
    expect(told(checks.take([]))).toEqual(['', 'a', '', '']);
  });

  test('the same check taken twice, as after a crash, tells the same and counts once', () => {
    const checks = new Checks();
    checks.take([step('a', 'change'), step('b', 'change')]);
    const same = { check: 'c', execution: 'x', at: at(9), told: { places: [], failed: false } };
    const steps = [step('a', 'no-op'), step('b', 'change'), step('c', 'undetermined')];
    const event = checks.take(steps, same);
    const before = checks.history;
    expect(checks.take(steps, same)).toEqual(event);
    expect(checks.history).toEqual(before);
  });

  test('tells the same on another machine, which has seen nothing of it', () => {
    const checks = new Checks();
    checks.take([step('a', 'change'), step('b', 'change')]);
    checks.history = null;
    const event = checks.take([step('a', 'no-op'), step('b', 'change')]);
    expect(told(event)).toEqual(['', 'a', '', '']);
    expect(event?.data.gone[0]).toMatchObject({ title: 'a', since: at(1) });
  });
});

describe('what cannot be checked', () => {
  test('is told once, is not called mended, and is not news when it can be checked again', () => {
    const checks = new Checks();
    checks.take([step('a', 'change')]);
    expect(told(checks.take([step('a', 'undetermined')]))).toEqual(['', '', 'a', '']);
    expect(checks.history?.last.outcome).toBe('undetermined');
    expect(checks.take([step('a', 'undetermined', { drift: 'still no route' })])).toBeNull();
    expect(lasting(checks.history!)).toHaveLength(2);
    expect(told(checks.take([step('a', 'change')]))).toEqual(['', '', '', 'a']);
    expect(checks.entries).toEqual([
      ['a', 'change', 1, 4, null],
      ['a', 'undetermined', 2, 3, 4],
    ]);
  });

  test('and is mended when it comes back as wanted', () => {
    const checks = new Checks();
    checks.take([step('a', 'change')]);
    checks.take([step('a', 'undetermined')]);
    expect(told(checks.take([step('a', 'no-op')]))).toEqual(['', 'a', '', 'a']);
  });

  test('a step that waits for an earlier one says nothing', () => {
    const checks = new Checks();
    checks.take([step('a', 'change')]);
    expect(checks.take([step('a', 'deferred')])).toBeNull();
    expect(checks.take([step('a', 'change')])).toBeNull();
    expect(checks.entries).toEqual([['a', 'change', 1, 3, null]]);
  });

  test('a check that fails as a whole is told once, and when it works again; drift stays what it was', () => {
    const checks = new Checks();
    checks.take([step('a', 'change')]);
    const event = checks.take([], { failure });
    expect(event?.data).toMatchObject({
      message: 'drift of deploy could not be checked: no route',
      failure: { code: 'unreachable' },
    });
    expect(told(event)).toEqual(['', '', '', '']);
    expect(checks.take([], { failure })).toBeNull();
    expect(checks.history?.last).toMatchObject({ outcome: 'failed', failure });
    const back = checks.take([step('a', 'change')]);
    expect(told(back)).toEqual(['', '', '', '']);
    expect(back?.data.message).toBe('drift of deploy: it can be checked again; 1 now');
    expect(checks.take([step('a', 'change')])).toBeNull();
  });
});

describe('checks of others', () => {
  test('a person who looks keeps nobody from being told', () => {
    const checks = new Checks();
    checks.take([step('a', 'no-op')]);
    expect(
      checks.take([step('a', 'change')], { schedule: null, check: 'plan/by-hand' }),
    ).toBeNull();
    expect(checks.entries).toEqual([['a', 'change', 2, 2, null]]);
    expect(told(checks.take([step('a', 'change')]))).toEqual(['a', '', '', '']);
    expect(checks.entries).toEqual([['a', 'change', 2, 3, null]]);
  });

  test('every schedule tells for itself', () => {
    const checks = new Checks();
    checks.take([step('a', 'change')]);
    expect(told(checks.take([step('a', 'change')], { schedule: 'weekly' }))).toEqual([
      'a',
      '',
      '',
      '',
    ]);
    expect(checks.take([step('a', 'change')])).toBeNull();
  });
});

describe('accepted drift', () => {
  const accepted = (until: number): Accepted => ({
    runbook: 'deploy',
    series: 's',
    path: 'a',
    target: 'web-1',
    identity: identityOf(step('a', 'change'), sha256),
    drift: 'a differs',
    by: 'ada@ops',
    at: at(0),
    until: at(until),
    reason: 'waits for the vendor',
  });

  test('is not told and does not count, until its time is up', () => {
    const checks = new Checks();
    checks.accepted = [accepted(3)];
    expect(checks.take([step('a', 'change')])).toBeNull();
    expect(checks.history?.last.outcome).toBe('no-drift');
    expect(checks.take([step('a', 'change')])).toBeNull();
    expect(told(checks.take([step('a', 'change')]))).toEqual(['a', '', '', '']);
    expect(checks.entries).toEqual([['a', 'change', 1, 3, null]]);
  });

  test('accepted after it was told, it is not called mended', () => {
    const checks = new Checks();
    checks.take([step('a', 'change')]);
    checks.accepted = [accepted(10)];
    expect(checks.take([step('a', 'change')])).toBeNull();
    checks.accepted = [];
    expect(told(checks.take([step('a', 'change')]))).toEqual(['a', '', '', '']);
  });

  test('counts again as soon as another state is found', () => {
    const checks = new Checks();
    checks.accepted = [accepted(10)];
    checks.take([step('a', 'change')]);
    const event = checks.take([step('a', 'change', { before: { path: 'elsewhere' } })]);
    expect(told(event)).toEqual(['a', '', '', '']);
  });
});

test('the past is bounded', () => {
  const checks = new Checks();
  for (let n = 0; n < 30; n += 1) {
    checks.take(Array.from({ length: 20 }, (_, i) => step(`a${i}`, 'change')));
    checks.take([]);
  }
  expect(checks.history?.entries).toHaveLength(500);
  expect(checks.history?.entries.every(({ gone }) => gone !== null)).toBe(true);
  const newest = checks.history?.entries[0]?.gone;
  expect(newest).toBe(at(60));
});

test('a drift is the same one as long as its kind and the state found are', () => {
  const id = (facts: Partial<PlannedStep>): string =>
    identityOf(step('a', 'change', facts), sha256);
  expect(id({ drift: 'one' })).toBe(id({ drift: 'two' }));
  expect(id({ before: 1 })).not.toBe(id({ before: 2 }));
  expect(id({ kind: 'destroy' })).not.toBe(id({}));
  // Where no state was found it is the text, without the times in it.
  const text = (drift: string): string => id({ before: null, drift });
  expect(text('stale, 9 s')).toBe(text('stale, 1m12s'));
  expect(text('since 2026-11-24T12:00:00Z')).toBe(text('since 2026-11-25T13:10:01.123Z'));
  expect(text('2 routes are missing')).not.toBe(text('3 routes are missing'));
});
