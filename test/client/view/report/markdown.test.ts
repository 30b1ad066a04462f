import { expect, test } from '@jest/globals';
import type { RunRecord } from '../../../../core/record.js';
import type { CommandRun } from '../../../../core/evidence.js';
import {
  codeMarkdown,
  plainMarkdown,
  reportMarkdown,
} from '../../../../client/view/report/markdown.js';
import { reportOf } from '../../../../client/view/report/model.js';
import { width } from '../../../../client/view/width.js';
import { at, changed, record, step } from '../../records.js';

const nothing = { output: '', outputBytes: null, sha256: null };

function reportText(of: RunRecord, commands: CommandRun[], left: number): string {
  // Blanks that align columns are of no interest here.
  return reportMarkdown(reportOf(of, { commands, commandsLeftOut: left })).replace(/ {2,}/g, ' ');
}

test('text from outside stays text', () => {
  expect(plainMarkdown('a | b\n# c <script> *x* [y](z) `t`')).toBe(
    'a \\| b \\# c \\<script\\> \\*x\\* \\[y\\](z) \\`t\\`',
  );
  expect(codeMarkdown('a `b` c')).toBe('``a `b` c``');
  expect(codeMarkdown('`b`')).toBe('`` `b` ``');
  expect(codeMarkdown('a | b')).toBe('`a \\| b`');
});

test('a report tells the whole run', () => {
  const text = reportText(
    record({
      state: 'undone',
      endedAt: at(95),
      planHash: 'p'.repeat(64),
      steps: [
        {
          ...changed('cordon', 1, 3, 'schedulable'),
          before: { schedulable: true },
          outcome: 'undone',
          restored: true,
        },
        step('drain', {
          outcome: 'failed',
          startedAt: at(3),
          endedAt: at(63),
          attempts: 3,
          failure: {
            code: 'not-settled',
            message: 'two pods left | PDB',
            hint: 'see the PDB',
            class: 'permanent',
          },
        }),
      ],
      probes: [
        {
          id: 'http',
          sent: 200,
          failed: 1,
          longestGapMs: 1200,
          maxFailed: 3,
          lastFailure: 'refused',
          timing: { buckets: [[13, 2]], each: 1, last: 1, worstMs: [10, 1, 0], lost: [0, 0, 1] },
        },
      ],
      decisions: [{ at: at(70), by: 'ada@ops', verb: 'undo', step: null, reason: 'wrong | node' }],
    }),
    [
      {
        at: at(4),
        lastAt: at(4),
        step: 'drain',
        verb: 'apply',
        attempt: 2,
        target: 'lab',
        command: 'kubectl get | x',
        times: 1,
        exits: [{ code: 1, times: 1 }],
        longestMs: 400,
        ...nothing,
      },
      {
        at: at(5),
        lastAt: at(60),
        step: 'http',
        verb: 'probe',
        attempt: 1,
        target: 'client',
        command: 'curl http://x/',
        times: 200,
        exits: [
          { code: 0, times: 198 },
          { code: 7, times: 1 },
          { code: null, times: 1 },
        ],
        longestMs: 1400,
        ...nothing,
      },
    ],
    0,
  );
  expect(text).toContain('# deploy-web-1-20261124-1: undone');
  expect(text).toContain('| Ended | 2026-11-24T12:01:35.000Z, after 1m35s |');
  expect(text).toContain(`| Plan | \`${'p'.repeat(64)}\` |`);
  expect(text).toContain(
    '| 12:00:03 | `drain` | `linux.file` | `web-1` | failed | 1m00s | 3 | `not-settled` two pods left \\| PDB (see the PDB) |',
  );
  expect(text).toContain('| `cordon` | `file/cordon` | `{"schedulable":true}` | yes |');
  expect(text).toContain('| `http` | 200 | 1 | 3 | 1.2s | 11ms | 11ms | `█▁×` | refused |');
  expect(text).toContain('| 12:01:10 | ada@ops | claimed | undo | | | wrong \\| node |');
  expect(text).toContain(
    '| 12:00:04 | `drain` apply (attempt 2) | `lab` | `kubectl get \\| x` | 1 | 400ms |',
  );
  expect(text).toContain(
    '| 12:00:05 | `http` probe | `client` | `curl http://x/` | 0 ×198, 7 ×1, unknown ×1 | ≤ 1.4s |',
  );
  const times = [...text.matchAll(/^- \S+ (\d\d:\d\d:\d\d)/gm)].map(([, time]) => time ?? '');
  expect(times.length).toBeGreaterThan(4);
  expect(times).toEqual(times.toSorted());
});

test('a vote that was signed says so, with its key and its plan; every other one is a claim', () => {
  const vote = { at: at(70), verb: 'approve' as const, step: 'ok', reason: '' };
  const text = reportText(
    record({
      proposal: { id: 'deploy-1234abcd', by: 'cid@ops', at: at(0) },
      decisions: [
        {
          ...vote,
          by: 'ann',
          planHash: '7efe5d12414b'.padEnd(64, '0'),
          signed: { key: 'SHA256:abc', at: at(69), asked: at(60), signature: 'x' },
        },
        { ...vote, by: 'bob' },
      ],
    }),
    [],
    0,
  );
  expect(text).toContain(
    '| 12:01:10 | ann | signed, `SHA256:abc` | approve | `ok` | `7efe5d12414b` | |',
  );
  expect(text).toContain('| 12:01:10 | bob | claimed | approve | `ok` | | |');
  expect(text).toContain('**approve** `ok` by ann (signed)');
  expect(text).toContain('by cid@ops (claimed), as deploy-1234abcd');
});

test('a step that was cut short is not told as one that never began', () => {
  const text = reportText(record({ steps: [step('a'), step('b', { startedAt: at(3) })] }), [], 0);
  expect(text).toMatch(/`a`.* not begun .*\n.*`b`.* not finished /);
});

test('columns are aligned, but for what is too long to wait for', () => {
  const long = 'x'.repeat(60);
  const text = reportMarkdown(
    reportOf(record({ steps: [step('短い'), step('longer', { target: 'a' }), step(long)] }), {
      commands: [],
      commandsLeftOut: 0,
    }),
  );
  const lines = text.split('\n');
  const [head = '', , first = '', second = '', third = ''] = lines.slice(
    lines.findIndex((line) => line.startsWith('| Began')),
  );
  const bars = (line: string): number[] =>
    [...line.matchAll(/(?<!\\)\|/g)].map(({ index }) => width(line.slice(0, index)));
  expect(bars(first)).toEqual(bars(second));
  expect(bars(head).slice(0, -1)).toEqual(bars(first).slice(0, -1));
  expect(third).toContain(`| \`${long}\` |`);
});

test('a summary counts the commands, and leaves the timeline out', () => {
  const ran = {
    at: at(4),
    lastAt: at(9),
    step: 'drain',
    verb: 'apply',
    attempt: 1,
    target: 'lab',
    command: 'nsenter --net=x -- kubectl --kubeconfig=/k get nodes',
    brief: 'kubectl get nodes',
    times: 5,
    exits: [
      { code: 0, times: 3 },
      { code: 1, times: 2 },
    ],
    longestMs: 400,
    ...nothing,
  };
  const of = record({ steps: [changed('drain', 1, 3, 'x')] });
  const evidence = { commands: [ran], commandsLeftOut: 0 };
  const summary = reportMarkdown(reportOf(of, evidence, true));
  expect(summary).toContain('## Steps');
  expect(summary).not.toContain('## Timeline');
  expect(summary).toContain('1 different ones, 5 calls, 2 of them without exit code 0: ');
  expect(summary).not.toContain('kubectl');
  const whole = reportMarkdown(reportOf(of, evidence));
  expect(whole).toContain('| `kubectl get nodes` | 0 ×3, 1 ×2 |');
  expect(whole).not.toContain('nsenter');
});

test('every row of a table has the cells of its head', () => {
  const text = reportText(
    record({ steps: [step('a|b'), step('c', { note: 'x|y', outcome: 'skipped' })] }),
    [],
    0,
  );
  let cells = 0;
  for (const line of text.split('\n')) {
    if (!line.startsWith('|')) cells = 0;
    else {
      const count = line.replaceAll('\\|', '').split('|').length;
      if (cells === 0) cells = count;
      expect(count).toBe(cells);
    }
  }
});
