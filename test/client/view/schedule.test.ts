import { expect, test } from '@jest/globals';
import type { Firing } from '../../../client/server/firings.js';
import { scheduleView, schedulesView, type ScheduleSight } from '../../../client/view/schedule.js';
import { at, read, screen } from '../records.js';

const firing = (seconds: number, facts: Partial<Firing>): Firing => ({
  at: at(seconds),
  workflow: 'plan/schedule/nightly-x',
  outcome: 'no-drift',
  steps: [],
  failure: null,
  ...facts,
});
const sight: ScheduleSight = {
  schedule: 'nightly',
  runbook: 'deploy',
  inputs: ['--host', 'web-1'],
  timing: '--every 1h',
  paused: false,
  note: null,
  createdBy: 'ada@ops',
  definitionHash: 'd'.repeat(64),
  definitionChanged: false,
  next: [at(3600), at(7200), at(10_800), at(14_400)],
  skipped: 0,
  missed: 0,
  firings: [],
};

test('when it fires next, and what came of the last ones', () => {
  const steps = [{ path: 'copy', target: 'web-1', kind: 'change', drift: 'absent\u001b[2J' }];
  const failure = { code: 'unreachable', message: 'web-1: no route', hint: null };
  const firings = [
    firing(30, { outcome: 'running' }),
    firing(25, { outcome: 'drift', steps }),
    firing(20, {}),
    firing(15, { outcome: 'undetermined', steps: [{ ...steps[0]!, drift: null }] }),
    firing(10, { outcome: 'failed', failure }),
    firing(5, { outcome: 'forgotten' }),
  ];
  expect(read(scheduleView({ ...sight, firings, skipped: 2, missed: 1 }, screen())))
    .toBe(`nightly  active
drift of deploy --host web-1
--every 1h, by ada@ops

next  13:00:00, 14:00:00, 15:00:00
  12:00:30  ▸ looking at the targets
  12:00:25  ~ drift: copy (absent\\x1b[2J)
  12:00:20  ✓ no drift
  12:00:15  ? could not be checked: copy
  12:00:10  ✗ unreachable web-1: no route
  12:00:05  · no longer known to the server
2 skipped: the one before went on
1 missed: server or worker were away for too long`);
});

test('one whose runbook has changed says how to renew it', () => {
  expect(read(scheduleView({ ...sight, definitionChanged: true }, screen(120)))).toContain(
    'runbook schedule create nightly deploy --host web-1 --every 1h --replace',
  );
});

test('one that is paused has no next time', () => {
  const text = read(
    scheduleView({ ...sight, paused: true, note: 'paused by ada@ops: quiet week' }, screen()),
  );
  expect(text).toContain('nightly  paused  paused by ada@ops: quiet week');
  expect(text).toContain('next  none');
});

test('a list', () => {
  const one = { schedule: 'nightly', runbook: 'deploy', paused: false, note: null };
  expect(read(schedulesView([{ ...one, next: at(3600), last: at(5) }], screen()))).toBe(
    'SCHEDULE  RUNBOOK  STATE   LAST      NEXT\nnightly   deploy   active  12:00:05  13:00:00',
  );
});
