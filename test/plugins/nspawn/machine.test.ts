import { expect, test } from '@jest/globals';
import { nspawnMachine } from '../../../plugins/nspawn/machine.js';
import { laws } from '../../laws.js';

const machine = { prefix: 'lab', dir: '/srv/x', layers: ['/srv'] };

// Its laws are proven with real machines: test/lab/nspawn-machine-laws.test.ts.
laws(nspawnMachine, {
  cases: [],
  bad: [
    { title: 'no name', input: { ...machine, state: 'running' } },
    { title: 'an unknown state', input: { ...machine, name: 'k8s-w0', state: 'paused' } },
  ],
});

test('machines of two labs are two resources, whatever state is wanted', () => {
  const owned = (more: object): string | undefined =>
    nspawnMachine.resource?.(
      nspawnMachine.input.parse({ ...machine, name: 'k8s-w0', state: 'running', ...more }),
    );
  expect(owned({})).toBe('machine/lab/k8s-w0');
  expect(owned({ state: 'stopped' })).toBe(owned({}));
  expect(owned({ prefix: 'lab2' })).not.toBe(owned({}));
});
