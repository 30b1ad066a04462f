import { describe, expect, test } from '@jest/globals';
import { runView, type RunViewOptions } from '../../../client/view/run.js';
import { width } from '../../../client/view/width.js';
import { textOf } from '../../../client/view/line.js';
import type { RunRecord } from '../../../core/record.js';
import { at, changed, read, record, screen, step, waiting } from '../records.js';

function view(run: RunRecord, options: Partial<RunViewOptions> = {}): string {
  const sight = { record: run, notes: {}, trouble: null };
  return read(runView(sight, { ...screen(), rows: null, tail: null, ...options }));
}

const going = record({
  steps: [
    step('healthy', {
      kind: 'guard',
      outcome: 'unchanged',
      startedAt: at(1),
      endedAt: at(1.2),
    }),
    changed('config', 2, 3.4, 'content differs'),
    step('restart', {
      phase: 'applying',
      attempts: 1,
      startedAt: at(30),
      drift: 'unit nginx.service is still activating: the new configuration is read',
    }),
    step('routes[r1]', { kind: 'wait', target: 'r1' }),
    step('work', { kind: 'call', target: null, title: 'Do the work' }),
    step('work/inner', { target: null }),
  ],
});

test('a run that goes on', () => {
  expect(view(going)).toBe(`deploy-web-1-20261124-1  running  1m00s
Deploy the site · by ada@ops · since 12:00:00
host=web-1 version=1.2

  ✓ healthy    holds     web-1  200ms
  ✓ config     changed   web-1   1.4s  content differs
  ▸ restart    applying  web-1    30s
      unit nginx.service is still activating: the new configuration is read
  · routes[r1]
  · work                               Do the work
  ·   inner`);
});

test('a wide terminal has room beside', () => {
  expect(view(going, { columns: 120 })).toContain(
    '  ▸ restart    applying  web-1    30s  unit nginx.service is still activating: the new configuration is read\n',
  );
});

test('a narrow one leaves out the targets and cuts', () => {
  const lines = view(going, { columns: 44 }).split('\n');
  expect(lines.every((line) => width(line) <= 44)).toBe(true);
  expect(lines).toContain('  ✓ config     changed     1.4s');
});

test('a run without a server says so, and why', () => {
  const local = record({ ...going, local: { reason: 'it is ill', host: 'web-9' } });
  expect(view(local)).toContain(
    'without the server, on web-9: its leases are not seen. Reason: it is ill\n',
  );
});

const failure = {
  code: 'command-failed',
  message: '`nginx -t` on web-1: exit 1: unknown directive "sevrer" in /etc/nginx/nginx.conf:3',
  hint: 'mend the file, then retry',
  class: 'permanent',
} as const;
const parked = record({
  state: 'parked',
  steps: [
    changed('config', 2, 3.4, 'content differs'),
    step('restart', { phase: 'parked', attempts: 3, startedAt: at(4), failure }),
    step('after'),
  ],
  waitingFor: [waiting('restart', { message: failure.message })],
});

test('a parked run shows what went wrong, and the commands that decide', () => {
  expect(view(parked)).toBe(`deploy-web-1-20261124-1  parked  1m00s
Deploy the site · by ada@ops · since 12:00:00
host=web-1 version=1.2

  ✓ config  changed   web-1   1.4s  content differs
  ✗ restart parked    web-1
      \`nginx -t\` on web-1: exit 1: unknown directive "sevrer" in
      /etc/nginx/nginx.conf:3
      → mend the file, then retry
  · after

Changed so far; undo puts back: config

restart is parked since 12:00:30 (30s)
  runbook retry   deploy-web-1-20261124-1               try again
  runbook skip    deploy-web-1-20261124-1 --reason "…"  go on without it
  runbook confirm deploy-web-1-20261124-1 --reason "…"  it has been done
  runbook undo    deploy-web-1-20261124-1               put everything back
  runbook cancel  deploy-web-1-20261124-1               end here, as it is`);
});

test('where several steps wait, the commands name them', () => {
  const two = record({
    ...parked,
    waitingFor: [
      waiting('restart'),
      waiting('ask', {
        kind: 'approval',
        message: 'Go on with the other half?',
        verbs: ['approve', 'reject', 'undo', 'cancel'],
        until: at(3600),
      }),
    ],
  });
  const text = view(two);
  expect(text).toContain('runbook retry   deploy-web-1-20261124-1 restart');
  expect(text).toContain(
    'ask waits for an approval since 12:00:30 (30s); time decides at 13:00:00',
  );
  expect(text).toContain('  Go on with the other half?');
  expect(text).toContain('runbook approve deploy-web-1-20261124-1 ask');
  expect(text).toContain('runbook undo    deploy-web-1-20261124-1 ');
});

test('an approval: who is asked, who has voted, for which plan; an early vote stands at its step', () => {
  const asks = record({
    state: 'waiting',
    steps: [
      step('ask', { kind: 'approval', phase: 'waiting', startedAt: at(30) }),
      step('sure', { kind: 'approval', note: 'voted early: approve by bob' }),
    ],
    waitingFor: [
      waiting('ask', {
        kind: 'approval',
        message: 'Go on?',
        verbs: ['approve', 'reject'],
        ballot: {
          quorum: 2,
          approvers: ['ann', 'bob', 'cid'],
          excluded: 'cid@ops',
          signatures: 'required',
          planHash: '7efe5d12414b'.padEnd(64, '0'),
          does: [
            { path: 'drain', kind: 'disrupt' },
            { path: 'mark', kind: 'change' },
          ],
          votes: [{ by: 'ann', at: at(40), reason: 'fine', signed: true }],
        },
      }),
    ],
  });
  const text = view(asks, { columns: 100 });
  expect(text).toContain(
    '1 of 2: ann (signed); asked: ann, bob, cid; not cid@ops, who has started the run; votes must be',
  );
  expect(text).toContain('plan 7efe5d12414b: disrupt drain, change mark');
  expect(text).toContain('runbook approve deploy-web-1-20261124-1 --sign KEYFILE');
  expect(text).toContain('voted early: approve by bob');
});

test('a paused run', () => {
  const text = view(record({ state: 'paused', steps: [step('a')] }));
  expect(text).toContain('The run is paused before its next step');
  expect(text).toContain('runbook resume deploy-web-1-20261124-1');
});

test('a parked run that is paused as well, as one whose lease was taken, tells both', () => {
  const decided = (verb: 'pause' | 'resume', by: string, reason: string) =>
    ({ at: at(5), by, verb, step: null, reason }) as const;
  const waitingFor = [waiting('a')];
  const taken = decided('pause', 'bob', 'took host/a from the run: it burns');
  const text = view(
    record({ state: 'parked', steps: [step('a')], waitingFor, decisions: [taken] }),
  );
  expect(text).toContain('The run is paused as well, and holds before its next step');
  expect(text).toContain('by bob: took host/a from the run: it burns');
  expect(text).toContain('runbook resume deploy-web-1-20261124-1');
  const decisions = [taken, decided('resume', 'ann', '')];
  const resumed = view(record({ state: 'parked', steps: [step('a')], waitingFor, decisions }));
  expect(resumed).not.toContain('paused');
});

test('an ended run: counts, why, probes, outputs', () => {
  const text = view(
    record({
      state: 'succeeded',
      endedAt: at(90),
      steps: [
        changed('a', 1, 2, 'x'),
        step('b', { outcome: 'skipped', note: 'if: false', endedAt: at(2) }),
      ],
      probes: [
        {
          id: 'http',
          sent: 900,
          failed: 2,
          longestGapMs: 340,
          maxFailed: 1,
          lastFailure: 'refused',
        },
      ],
      outputs: { url: 'http://x' },
      failure: {
        code: 'probe-failed',
        message: 'probe lost 2 of 900 calls',
        hint: null,
        class: 'permanent',
      },
    }),
  );
  expect(text).toContain('  probe http  900 calls, 2 failed, longest gap 340ms (refused)');
  expect(text).toContain(
    'succeeded after 1m30s: 1 changed, 1 skipped\n  probe lost 2 of 900 calls',
  );
  expect(text).toContain('  outputs url=http://x');
});

test('a stopped run says what it has left', () => {
  const text = view(
    record({ state: 'stopped', endedAt: at(9), steps: [changed('cordon', 1, 2, 'x')] }),
  );
  expect(text).toContain('Left as they are now: cordon');
});

test('a step that an undo has overtaken does nothing any more', () => {
  const steps = [step('ask', { kind: 'manual', phase: 'waiting', startedAt: at(1) })];
  expect(view(record({ state: 'undone', endedAt: at(9), steps }))).toContain('  · ask');
});

test('tools cannot write to the screen', () => {
  const text = view(
    record({
      steps: [
        step('x', { phase: 'applying', startedAt: at(1), drift: 'evil \u001b[2J\u0007\n\rend' }),
      ],
    }),
    { tail: { step: 'x', lines: ['\u001b]0;title\u0007 ok'] } },
  );
  expect(text.replaceAll('\n', '')).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
  expect(text).toContain('\\x1b[2J');
});

describe('a small terminal', () => {
  const many = record({
    steps: [
      ...Array.from({ length: 300 }, (_, i) => changed(`done-${i}`, i, i + 1, 'x')),
      step('now', { phase: 'applying', startedAt: at(50), drift: 'two pods left' }),
      ...Array.from({ length: 299 }, (_, i) => step(`later-${i}`)),
    ],
  });

  test.each([10, 16, 24, 40])('600 steps in %i rows: what is at work is seen', (rows) => {
    const lines = view(many, { rows }).split('\n');
    expect(lines.length).toBeLessThanOrEqual(rows);
    expect(lines.some((line) => line.includes('now'))).toBe(true);
    expect(lines.some((line) => line.includes('two pods left'))).toBe(true);
    expect(lines.find((line) => line.includes('before'))).toMatch(
      /^ +… \d+ steps before: \d+ changed$/,
    );
    expect(lines.find((line) => line.includes('more'))).toMatch(/^ +… \d+ steps more$/);
  });

  test('the commands that decide outlast the log and the probes', () => {
    const crowded = record({
      ...parked,
      probes: [
        { id: 'p', sent: 1, failed: 0, longestGapMs: 1, maxFailed: null, lastFailure: null },
      ],
    });
    const tail = { step: 'restart', lines: ['one', 'two', 'three'] };
    const text = view(crowded, { rows: 22, tail });
    expect(text.split('\n').length).toBeLessThanOrEqual(22);
    expect(text).toContain('runbook cancel');
    expect(text).not.toContain('log of restart');
    expect(view(crowded, { rows: 60, tail })).toContain('log of restart');
  });

  test('no line is wider than the screen but a command, which is there to be pasted', () => {
    for (const columns of [40, 60, 80, 132]) {
      const sight = {
        record: parked,
        notes: { restart: 'attempt 2 after a worker was lost' },
        trouble: 'the server does not answer; still trying',
      };
      for (const line of runView(sight, { ...screen(columns), rows: null, tail: null })) {
        const text = textOf(line);
        if (!text.startsWith('  runbook ')) expect(width(text)).toBeLessThanOrEqual(columns);
      }
    }
  });
});
