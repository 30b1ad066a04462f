import { describe, expect, test } from '@jest/globals';
import { checkId, idStem, nextNumber } from '../../client/run-id.js';
import type { Runbook } from '../../core/definition/runbook.js';

const runbook: Runbook = {
  apiVersion: 'runbook/v1',
  name: 'node-maintenance',
  inputs: {
    window: { type: 'duration', description: 'How long.', optional: true },
    node: { type: 'target', kind: 'host', description: 'Which.' },
  },
  steps: [{ id: 'wait', delay: '1s' }],
};
const day = new Date('2026-11-23T23:59:59Z');

test('an id says what runs on what, and when', () => {
  expect(idStem(runbook, { node: 'k8s-w0' }, day)).toBe('node-maintenance-k8s-w0-20261123-');
  const { inputs: _inputs, ...bare } = runbook;
  expect(idStem(bare, {}, day)).toBe('node-maintenance-20261123-');
});

test('a default target counts', () => {
  const withDefault: Runbook = {
    ...runbook,
    inputs: { on: { type: 'target', kind: 'host', description: 'x', default: 'local' } },
  };
  expect(idStem(withDefault, {}, day)).toBe('node-maintenance-local-20261123-');
});

test('the number follows the highest that is taken', () => {
  expect(nextNumber('a-', [])).toBe(1);
  expect(nextNumber('a-', ['a-1', 'a-9', 'a-10', 'b-77', 'a-x', 'a-1-2'])).toBe(11);
});

describe('an id of one’s own', () => {
  test.each(['a', 'CHG-1234', 'deploy.2026_11', '9lives'])('%s', (id) => {
    expect(checkId(id)).toBe(id);
  });
  test.each(['', '-x', '../up', 'a/b', 'a b', 'latest', 'a'.repeat(121), 'a\nb'])(
    'not %j',
    (id) => {
      expect(() => checkId(id)).toThrow('cannot be the id');
    },
  );
});
