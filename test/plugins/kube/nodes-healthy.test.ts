import { expect, test } from '@jest/globals';
import { kubeNodesHealthy } from '../../../plugins/kube/nodes-healthy.js';
import { attempt } from '../../laws/attempt.js';
import { laws } from '../../laws.js';
import { captured, onCaptures, wholeCluster, type Script } from './captured-cluster.js';
import { recorded } from './fixture.js';

const crashed: Script = [['get nodes ', JSON.parse(recorded('kubectl/nodes-one-crashed.json'))]];

laws(kubeNodesHealthy, {
  cases: [
    onCaptures('all are well', { expected: 3 }, wholeCluster, 'nothing'),
    onCaptures('one has crashed', {}, crashed, 'drift'),
    onCaptures('the one that is worked on has crashed', { except: 'k8s-w0' }, crashed, 'nothing'),
    onCaptures('one is missing', { expected: 4 }, wholeCluster, 'drift'),
  ],
  bad: [
    { title: 'an option as a node', input: { except: '--all' } },
    { title: 'no nodes at all', input: { expected: 0 } },
  ],
});

test('what is wrong is told of each node', async () => {
  const { drift, output } = await attempt(kubeNodesHealthy, {
    target: captured(crashed).cluster,
    input: { except: ['k8s-w1', 'nobody'], expected: 4 },
    cleanup: () => Promise.resolve(),
  }).check();
  expect(drift).toMatch(
    /^no node nobody; 3 nodes instead of 4; k8s-w0 is unknown \(NodeStatusUnknown: /,
  );
  expect(output).toEqual({ nodes: 3, healthy: 2 });
});
