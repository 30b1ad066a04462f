import { expect, test } from '@jest/globals';
import { acceptedView } from '../../../client/view/accepted.js';
import { driftView } from '../../../client/view/drift.js';
import { driftShownView } from '../../../client/view/drift-history.js';
import type { Accepted } from '../../../core/drift/accepted.js';
import type { DriftShown } from '../../../core/drift/history.js';
import { at, plan, planned, read, screen } from '../records.js';

type Entry = DriftShown['entries'][number];
const entry = (path: string, facts: Partial<Entry> = {}): Entry => ({
  path,
  title: path,
  target: 'web-1',
  kind: 'change',
  drift: `${path} differs`,
  identity: 'i',
  since: at(-7200),
  lastSeen: at(0),
  gone: null,
  accepted: null,
  ...facts,
});
const shown = (entries: Entry[], facts: Partial<DriftShown> = {}): DriftShown => ({
  runbook: 'deploy',
  title: 'Deploy',
  inputs: { host: 'web-1' },
  mend: 'runbook start deploy --host web-1',
  checks: 12,
  last: {
    check: 'plan/schedule/nightly-1',
    execution: 'e',
    at: at(0),
    by: 'ada@ops',
    schedule: 'nightly',
    outcome: 'drift',
    failure: null,
  },
  entries,
  ...facts,
});
const accepted: Accepted = {
  runbook: 'deploy',
  series: 's',
  path: 'motd',
  target: 'web-1',
  identity: 'i',
  drift: 'motd differs',
  by: 'ada@ops',
  at: at(0),
  until: '2026-12-24T23:59:59.999Z',
  reason: 'waits\u001b[2J for the vendor',
};

test('what drifts, since when, who lets it be, and what is gone', () => {
  const entries = [
    entry('copy[web-1]', { drift: 'differs:\n-absent\u001b[2J\n' }),
    entry('motd', { accepted }),
    entry('route', { kind: 'does-not-hold', lastSeen: at(-3600) }),
    entry('route', { kind: 'undetermined', since: at(-1800), drift: 'no route to host' }),
    entry('old', { since: at(-9000), lastSeen: at(-8000), gone: at(-7200) }),
  ];
  expect(read(driftShownView([shown(entries)], screen(90)))).toBe(`Drift of deploy  host=web-1
checked 12 times, last 12:00:00 by schedule nightly

  ~ copy[web-1]  change
      since 10:00:00, 2h01m
      differs:
      -absent\\x1b[2J
  – motd on web-1  change
      since 10:00:00, 2h01m
      motd differs
      accepted by ada@ops until 2026-12-24 23:59 UTC: waits\\x1b[2J for the vendor
  ✗ route on web-1  does not hold
      since 10:00:00, 2h01m; seen last 11:00:00
      route differs
  ? route on web-1  could not be checked
      since 11:30:00, 31m00s
      no route to host

Gone:
  ✓ old on web-1  change
      09:30:00 to 10:00:00, 30m00s
      old differs

To mend it: runbook start deploy --host web-1`);
});

test('no drift, by hand, and a check that failed', () => {
  const failure = {
    code: 'unreachable',
    message: 'no route',
    hint: null,
    class: 'transient',
  } as const;
  const last = { ...shown([]).last, schedule: null, outcome: 'failed', failure } as const;
  const text = read(driftShownView([shown([], { last, checks: 1, inputs: {} })], screen()));
  expect(text).toContain(
    'Drift of deploy\nchecked once, last 12:00:00 by ada@ops; that failed: unreachable no',
  );
  expect(text).toContain('✓ no drift');
  expect(text).not.toContain('mend');
  expect(read(driftShownView([], screen()))).toContain('No check for drift is on record');
});

test('steps that only look are mended by no run', () => {
  const text = read(driftShownView([shown([entry('a', { kind: 'does-not-hold' })])], screen()));
  expect(text).toContain('No run of this runbook mends it');
  const off = plan([planned('a', { kind: 'does-not-hold', drift: 'down' })]);
  expect(read(driftView(off, 'runbook start x', screen()))).not.toContain('runbook start');
});

test('a check of which all that drifts is accepted has found no drift', () => {
  const found = plan([planned('motd', { kind: 'change', drift: 'other' }), planned('b')]);
  const all = read(driftView(found, 'runbook start x', screen(), () => accepted));
  expect(all).toContain('✓ no drift but what is accepted');
  expect(all).toContain('– motd  accepted by ada@ops until 2026-12-24 23:59 UTC: waits');
  expect(all).not.toContain('To mend it');
  const more = plan([...found.steps, planned('c', { kind: 'destroy', drift: 'gone' })]);
  const some = read(
    driftView(more, 'runbook start x', screen(), ({ path }) => (path === 'motd' ? accepted : null)),
  );
  expect(some).toContain('1 drifted, 1 accepted, 1 as wanted');
  expect(some).toContain('To mend it: runbook start x');
});

test('a list of what is accepted', () => {
  const list = [accepted, { ...accepted, path: 'copy', until: at(30), target: null }];
  expect(read(acceptedView(list, screen(100)))).toBe(
    `RUNBOOK  STEP  TARGET  UNTIL                 BY       WHY
deploy   motd  web-1   2026-12-24 23:59 UTC  ada@ops  waits\\x1b[2J for the vendor
deploy   copy          over                  ada@ops  waits\\x1b[2J for the vendor`,
  );
});
