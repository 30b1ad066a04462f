import { describe, expect, test } from '@jest/globals';
import { record, step } from '../client/records.js';
import { done, mark } from './accounts.js';
import type { Evidence } from './evidence.js';
import { checkFleet } from './fleet-check.js';
import { items, stepsOf } from './fleet.js';
import type { Mark } from './ledger.js';

const steps = items.flatMap(stepsOf);

function account(state: 'succeeded' | 'undone', exit: number, marks: readonly Mark[]): Evidence {
  const facts = { restored: state === 'undone', outcome: 'changed' } as const;
  return {
    run: 'ref-1',
    marks,
    effects: state === 'undone' ? {} : Object.fromEntries(steps.map((name) => [name, 1])),
    record: {
      ...record(),
      state,
      steps: items.map((item) => step(`items[${item}]`, { kind: 'item', ...facts })),
      failure: null,
    },
    exit,
    processes: [],
    leases: [],
  };
}
const succeeded = (): Evidence =>
  account(
    'succeeded',
    0,
    steps.flatMap((name) => done(name)),
  );
const undone = (): Evidence =>
  account('undone', 4, [
    ...steps.flatMap((name) => done(name)),
    ...steps.toReversed().flatMap((name) => done(name, 'undo')),
  ]);
const changed = (evidence: Evidence, marks: readonly Mark[]): Evidence => ({ ...evidence, marks });
/** The marks of an item moved to the place of another. */
function moved(marks: readonly Mark[], item: string, before: string): Mark[] {
  const mine = marks.filter((one) => one.step.startsWith(item));
  const others = marks.filter((one) => !one.step.startsWith(item));
  return others.toSpliced(
    others.findIndex((one) => one.step.startsWith(before)),
    0,
    ...mine,
  );
}

describe('a sound fleet has broken nothing', () => {
  test('that succeeded', () => expect(checkFleet(succeeded())).toEqual([]));
  test('that was put back', () => expect(checkFleet(undone())).toEqual([]));
  test('with two items under way at once', () => {
    const { marks } = succeeded();
    const early = mark('f3a', 'start');
    const at = marks.findIndex((one) => one.step === 'f2b');
    const rest = marks.filter((one) => one.step !== 'f3a' || one.word !== 'start');
    expect(checkFleet(changed(succeeded(), rest.toSpliced(at, 0, early)))).toEqual([]);
  });
});

describe('what a fleet has broken is found', () => {
  const sound = succeeded().marks;
  const back = undone();
  const cases: [string, string, Evidence][] = [
    ['a step that was done twice', 'I1', changed(succeeded(), [...sound, ...done('f2a')])],
    [
      'a step never done',
      'I1',
      changed(
        succeeded(),
        sound.filter((one) => one.step !== 'f6b'),
      ),
    ],
    ['two attempts at once', 'I2', changed(succeeded(), [...sound, mark('f1a', 'beside')])],
    ['an item before its wave', 'I3', changed(succeeded(), moved(sound, 'f4', 'f2'))],
    [
      'more items at once than may be',
      'I3',
      changed(succeeded(), [
        ...sound.filter(({ step }) => step < 'f4'),
        ...['f4a', 'f5a', 'f6a'].map((name) => mark(name, 'start')),
        ...sound.filter(({ step }) => step >= 'f4'),
      ]),
    ],
    [
      'a step that was not put back',
      'I4',
      changed(
        back,
        back.marks.filter((one) => one.step !== 'f3a' || one.verb !== 'undo'),
      ),
    ],
    [
      'an item put back in its order',
      'I4',
      changed(back, [...sound, ...steps.flatMap((name) => done(name, 'undo'))]),
    ],
    [
      'something put back without an undo',
      'I4',
      changed(succeeded(), [...sound, ...done('f1a', 'undo')]),
    ],
    ['an undo that left something', 'I4', { ...back, effects: { f1a: 1 } }],
    ['a change that is not there', 'I5', { ...succeeded(), effects: { f1a: 1 } }],
    ['a wrong exit code', 'I5', { ...succeeded(), exit: 4 }],
    ['a lease that is still held', 'I7', { ...succeeded(), leases: ['place/here'] }],
    ['a command that is still there', 'I7', { ...succeeded(), processes: ['sh target.sh'] }],
  ];
  test.each(cases)('%s', (_name, invariant, evidence) => {
    expect(checkFleet(evidence).map((one) => one.invariant)).toContain(invariant);
  });
});
