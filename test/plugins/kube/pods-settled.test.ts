import { expect, test } from '@jest/globals';
import { kubePodsSettled } from '../../../plugins/kube/pods-settled.js';
import { attempt } from '../../laws/attempt.js';
import { laws } from '../../laws.js';
import { captured, onCaptures, type Script } from './captured-cluster.js';
import { recorded } from './fixture.js';

const workloads = ['get deployments.apps,', recorded('kubectl/workloads-settled.txt')] as const;
/** Without the pod of a test that was made to fail. */
const pods = recorded('kubectl/pods-settled.txt').replace(/^law\/.*\n/gm, '');
const settled: Script = [['get pods ', pods], workloads];
const ending: Script = [
  ['get pods ', 'default/web-1\t2026-11-24T10:00:00Z\tRunning\tTrue\t\t\n'],
  workloads,
];
const nothing: Script = [['get ', '']];

laws(kubePodsSettled, {
  cases: [
    onCaptures('all runs', {}, settled, 'nothing'),
    onCaptures('a pod is ending', {}, ending, 'drift'),
    onCaptures('nothing matches', { selector: 'app=none' }, nothing, 'drift'),
  ],
  bad: [
    { title: 'an option as a selector', input: { selector: '--all' } },
    { title: 'an empty selector', input: { selector: '' } },
    { title: 'a selector with a newline', input: { selector: 'a=b\nc=d' } },
  ],
});

test('only what the selector names is looked at', async () => {
  const { cluster, calls } = captured(ending);
  const { drift } = await attempt(kubePodsSettled, {
    target: cluster,
    input: { namespace: 'default', selector: 'app=web' },
    cleanup: () => Promise.resolve(),
  }).check();
  expect(drift).toBe('default/web-1 is ending');
  expect(calls).toHaveLength(2);
  for (const call of calls) expect(call).toContain('--namespace=default --selector=app=web');
});
