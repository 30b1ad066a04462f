import { expect, test } from '@jest/globals';
import { kubeSelected } from '../../../plugins/kube/selected.js';
import { attempt } from '../../laws/attempt.js';
import { laws } from '../../laws.js';
import { captured, onCaptures, type Script } from './captured-cluster.js';

const named = (namespace: string, name: string) => ({ metadata: { namespace, name } });
const script: Script = [
  [
    'get services --all-namespaces --selector=app=web ',
    { items: [named('default', 'web'), named('other', 'web')] },
  ],
];
const input = { kind: 'services', selector: 'app=web', names: ['default/web', 'other/web'] };

laws(kubeSelected, {
  cases: [
    onCaptures('exactly these', input, script, 'nothing'),
    onCaptures('one more', { ...input, names: ['default/web'] }, script, 'drift'),
    onCaptures('one less', { ...input, names: [...input.names, 'a/b'] }, script, 'drift'),
  ],
  bad: [
    { title: 'an option as a selector', input: { ...input, selector: '-A' } },
    { title: 'a path as a name', input: { ...input, names: ['../x'] } },
  ],
});

test('what is too much and what lacks is told', async () => {
  const { drift, output } = await attempt(kubeSelected, {
    target: captured(script).cluster,
    input: { ...input, names: ['default/web', 'a/b'] },
    cleanup: () => Promise.resolve(),
  }).check();
  expect(drift).toBe('services app=web: does not find a/b; finds other/web too');
  expect(output).toEqual({ names: ['default/web', 'other/web'], more: 0 });
});
