import { describe, expect, test } from '@jest/globals';
import { movedSteps } from '../../../core/run/moved.js';
import { movedView, planView, planWords, verdictOf } from '../../../client/view/plan.js';
import { driftView, drifted } from '../../../client/view/drift.js';
import { plan, planned, read, screen } from '../records.js';

const mixed = plan([
  planned('healthy', { kind: 'holds', action: 'kube.nodes-healthy', target: 'lab' }),
  planned('cordon', { kind: 'disrupt', drift: 'schedulable, but must not be' }),
  planned('config', {
    kind: 'change',
    drift: 'the content of /etc/nginx/sites-enabled/nginx.conf differs\n@@ line 3 @@\n-old\n+new',
  }),
  planned('routes[r1]', {
    kind: 'deferred',
    target: 'r1',
    drift: 'looks at what earlier steps will have changed',
  }),
  planned('ask', { kind: 'manual', target: null, drift: 'Do the work.' }),
]);

test('a plan', () => {
  expect(read(planView(mixed, screen()))).toBe(`Plan of deploy  host=web-1

  ✓ healthy    holds    lab
  ~ cordon     disrupt  web-1  schedulable, but must not be
  ~ config     change   web-1
      the content of /etc/nginx/sites-enabled/nginx.conf differs
      @@ line 3 @@
      -old
      +new
  · routes[r1] deferred        looks at what earlier steps will have changed
  ‖ ask        manual          Do the work.

2 changes, 1 may disrupt users; 1 manual, 1 deferred, 1 holds  plan abcdef012345`);
});

describe('what a plan comes to', () => {
  test('nothing', () => {
    const nothing = plan([planned('a'), planned('b', { kind: 'holds' })]);
    expect(verdictOf(nothing)).toBe('none');
    expect(planWords(nothing)).toBe('No changes; 1 no-op, 1 holds');
  });
  test('changes', () => {
    expect(verdictOf(mixed)).toBe('changes');
  });
  test('something deferred may be a change', () => {
    expect(verdictOf(plan([planned('a', { kind: 'deferred' })]))).toBe('changes');
  });
  test('a check that failed, and a guard that does not hold', () => {
    expect(verdictOf(plan([planned('a', { kind: 'undetermined' })]))).toBe('error');
    const refused = plan([planned('a', { kind: 'does-not-hold' })], { refused: true });
    expect(verdictOf(refused)).toBe('error');
    expect(read(planView(refused, screen()))).toContain('A guard does not hold');
  });
});

describe('what moved between two plans', () => {
  const was = plan([planned('a', { kind: 'change', drift: 'x' }), planned('b'), planned('gone')]);
  const is = plan([
    planned('a', { kind: 'no-op' }),
    planned('b'),
    planned('new', { kind: 'change' }),
  ]);

  test('changed, added and removed steps', () => {
    expect(movedSteps(was.steps, is.steps).map(({ path }) => path)).toEqual(['a', 'new', 'gone']);
  });
  test('as text', () => {
    expect(read(movedView(was, is, screen()))).toContain(
      '  a\n      was change: x\n      is  no-op',
    );
  });
  test('no step: something else', () => {
    expect(read(movedView(was, was, screen()))).toContain('the inventory, the inputs');
  });
});

describe('drift', () => {
  test('only what drifted', () => {
    expect(drifted(mixed).map(({ path }) => path)).toEqual(['cordon', 'config']);
    const text = read(driftView(mixed, 'runbook start deploy --host web-1', screen()));
    expect(text).not.toContain('routes');
    expect(text).toContain('2 drifted, 1 as wanted');
    expect(text).toContain('To mend it: runbook start deploy --host web-1');
  });
  test('none', () => {
    const text = read(driftView(plan([planned('a'), planned('b')]), 'x', screen()));
    expect(text).toContain('✓ no drift: all 2 steps that were checked are as wanted');
  });
  test('a check that failed is no "no drift"', () => {
    const text = read(
      driftView(
        plan([planned('a', { kind: 'undetermined', drift: 'unreachable' })]),
        'x',
        screen(),
      ),
    );
    expect(text).toContain('1 could not be checked');
    expect(text).not.toContain('no drift');
  });
});
