import { describe, expect, test } from '@jest/globals';
import { done, mark, succeeded, undoneRun } from './accounts.js';
import { check, overlap } from './checker.js';
import type { Evidence } from './evidence.js';
import { parseMark, type Mark } from './ledger.js';
import { onceRunbook } from './reference.js';
import type { StepRecord } from '../../core/record.js';

function withStep(evidence: Evidence, path: string, facts: Partial<StepRecord>): Evidence {
  const steps = evidence.record.steps.map((one) =>
    one.path === path ? { ...one, ...facts } : one,
  );
  return { ...evidence, record: { ...evidence.record, steps } };
}
function withMarks(evidence: Evidence, change: (marks: Mark[]) => readonly Mark[]): Evidence {
  return { ...evidence, marks: change([...evidence.marks]) };
}
function without(
  evidence: Evidence,
  step: string,
  verb: Mark['verb'],
  word?: Mark['word'],
): Evidence {
  return withMarks(evidence, (marks) =>
    marks.filter(
      (one) => one.step !== step || one.verb !== verb || (word !== undefined && one.word !== word),
    ),
  );
}
function swapped(marks: readonly Mark[], verb: Mark['verb'], a: string, b: string): Mark[] {
  const other: Record<string, string> = { [a]: b, [b]: a };
  return marks.map((one) =>
    one.verb === verb ? { ...one, step: other[one.step] ?? one.step } : one,
  );
}
const kinds = (evidence: Evidence): string[] => [
  ...new Set(check(evidence).map(({ invariant }) => invariant)),
];

describe('a sound run has broken nothing', () => {
  test('that succeeded', () => expect(check(succeeded())).toEqual([]));
  test('that was undone', () => expect(check(undoneRun())).toEqual([]));

  test('whose attempt was stopped, and done by the next one', () => {
    const evidence = withMarks(succeeded(), (marks) => {
      const at = marks.findIndex(({ step }) => step === 's04');
      const first = [mark('s04', 'start', { fence: 5 }), mark('s04', 'stopped', { fence: 5 })];
      return marks.toSpliced(at, 2, ...first, ...done('s04').map((one) => ({ ...one, fence: 6 })));
    });
    expect(check(evidence)).toEqual([]);
    const twice = { ...evidence, record: { ...evidence.record, runbook: onceRunbook } };
    expect(check(twice).map(({ what }) => what)).toEqual([
      'ref-1: s04 was begun 2 times, and must not happen twice',
    ]);
  });

  test('whose two side by side went and came back in any order', () => {
    const evidence = withMarks(undoneRun(), (marks) => swapped(marks, 'undo', 's05', 's06'));
    expect(check(evidence)).toEqual([]);
  });

  test('that was cancelled in the middle of a step: done or not, as long as it is known to be begun', () => {
    const late = ['s03', 'pair/s05', 'pair/s06', 's04', 's07', 'part/s08', 'part/s09'];
    let evidence: Evidence = { ...succeeded(), exit: 4 };
    evidence = { ...evidence, record: { ...evidence.record, state: 'cancelled' } };
    for (const path of [...late, 's10', 's11', 's12'])
      evidence = withStep(evidence, path, { outcome: null, applied: path === 's03' });
    evidence = withMarks(evidence, (marks) =>
      marks.filter(({ step }) => step < 's03' || step === 'last').concat(mark('s03', 'start')),
    );
    evidence = { ...evidence, effects: { s01: 1, s02: 1, last: 1 } };
    expect(check(evidence)).toEqual([]);
    expect(check({ ...evidence, effects: { ...evidence.effects, s03: 1 } })).toEqual([]);
  });
});

describe('what is broken is found', () => {
  const cases: [string, string, Evidence][] = [
    ['a step that was never done', 'I1', without(succeeded(), 's02', 'apply')],
    ['a step that was begun, and never done', 'I1', without(succeeded(), 's12', 'apply', 'end')],
    [
      'a step that was done twice',
      'I1',
      withMarks(succeeded(), (marks) => [...marks, ...done('s12')]),
    ],
    ['a finally that did not come', 'I1', without(undoneRun(), 'last', 'apply')],
    [
      'two attempts at once',
      'I2',
      withMarks(succeeded(), (marks) => marks.toSpliced(4, 0, mark('s03', 'beside'))),
    ],
    [
      'an attempt that another had overtaken',
      'I2',
      withMarks(succeeded(), (marks) =>
        marks.toSpliced(
          4,
          0,
          mark('s03', 'start', { fence: 9 }),
          mark('s03', 'stopped', { fence: 9 }),
          mark('s03', 'start', { fence: 8 }),
        ),
      ),
    ],
    [
      'two steps in the wrong order',
      'I3',
      withMarks(succeeded(), (m) => swapped(m, 'apply', 's03', 's04')),
    ],
    [
      'a step that came too early',
      'I3',
      withMarks(succeeded(), (m) => swapped(m, 'apply', 's05', 's07')),
    ],
    ['a step that was not put back', 'I4', without(undoneRun(), 's01', 'undo')],
    [
      'a step put back in the wrong order',
      'I4',
      withMarks(undoneRun(), (m) => swapped(m, 'undo', 's03', 's02')),
    ],
    ['a step that was put back, and never done', 'I4', without(undoneRun(), 's12', 'apply')],
    [
      'a step that was put back twice',
      'I4',
      withMarks(undoneRun(), (marks) => [...marks, ...done('s01', 'undo')]),
    ],
    [
      'a step that was put back without anybody asking',
      'I4',
      withMarks(succeeded(), (marks) => [...marks, ...done('s12', 'undo')]),
    ],
    [
      'a step that was begun while others were put back',
      'I4',
      withMarks(undoneRun(), (marks) => marks.toSpliced(-4, 0, mark('s02', 'start'))),
    ],
    ['an undo that left something', 'I4', { ...undoneRun(), effects: { last: 1, s07: 1 } }],
    ['a change that is not there', 'I5', { ...succeeded(), effects: {} }],
    [
      'a change that is there twice',
      'I5',
      { ...succeeded(), effects: { ...succeeded().effects, s01: 2 } },
    ],
    ['a change that is not reported', 'I5', withStep(succeeded(), 's01', { outcome: 'unchanged' })],
    [
      'a change in doubt that is not told',
      'I5',
      withStep(succeeded(), 's01', { outcome: null, applied: false }),
    ],
    ['a failure that was none', 'I5', withStep(succeeded(), 'part/s08', { outcome: 'failed' })],
    ['a wrong exit code', 'I5', { ...succeeded(), exit: 4 }],
    ['a command that is still there', 'I7', { ...succeeded(), processes: ['sh target.sh'] }],
    ['a lease that is still held', 'I7', { ...succeeded(), leases: ['place/here'] }],
  ];
  test.each(cases)('%s', (_name, invariant, evidence) => {
    expect(kinds(evidence)).toContain(invariant);
  });
});

describe('two runs at one place', () => {
  const at = (run: string): Mark => ({ ...mark('s01', 'start'), run });
  test('one after the other', () => {
    expect(overlap([at('a'), at('a'), at('x'), at('b'), at('b')], 'a', 'b')).toEqual([]);
  });
  test('at once', () => {
    expect(overlap([at('a'), at('b'), at('a')], 'a', 'b')).toHaveLength(1);
  });
});

test('a line that is none of the ledger is an error', () => {
  expect(parseMark('r s01 apply 2 17 99 end')).toMatchObject({
    attempt: 2,
    fence: 17,
    word: 'end',
  });
  expect(parseMark('r s01 undo 1 - 99 start')).toMatchObject({ fence: null });
  expect(() => parseMark('r s01 apply 2 17 99 en')).toThrow('not a line of the ledger');
});
