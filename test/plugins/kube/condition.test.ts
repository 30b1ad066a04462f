import { expect, test } from '@jest/globals';
import { kubeCondition } from '../../../plugins/kube/condition.js';
import { attempt } from '../../laws/attempt.js';
import { laws } from '../../laws.js';
import { captured, onCaptures, type Script } from './captured-cluster.js';

const type = 'cilium.io/IPAMRequestSatisfied';
const input = { kind: 'services', name: 'web', type };
const service = (status: string): Script => [
  [
    'get services web --namespace=default ',
    { metadata: { name: 'web' }, status: { conditions: [{ type, status, reason: 'pool_full' }] } },
  ],
];
const none: Script = [['get services ', '']];
const bare: Script = [['get services ', { metadata: { name: 'web' } }]];

laws(kubeCondition, {
  cases: [
    onCaptures('as wanted', input, service('True'), 'nothing'),
    onCaptures('otherwise', input, service('False'), 'drift'),
    onCaptures('otherwise, as wanted', { ...input, status: 'False' }, service('False'), 'nothing'),
    onCaptures('no such condition', input, bare, 'drift'),
    onCaptures('no such object', input, none, 'drift'),
  ],
  bad: [
    { title: 'an option as a name', input: { ...input, name: '-A' } },
    { title: 'another status', input: { ...input, status: 'true' } },
    { title: 'a type with a blank', input: { ...input, type: 'a b' } },
  ],
});

test('the reason is told', async () => {
  const { drift } = await attempt(kubeCondition, {
    target: captured(service('False')).cluster,
    input,
    cleanup: () => Promise.resolve(),
  }).check();
  expect(drift).toBe(`services web: ${type} is False (pool_full)`);
});
