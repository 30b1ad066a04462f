import { expect, test } from '@jest/globals';
import { ciliumAgentsHealthy } from '../../../plugins/cilium/agents-healthy.js';
import { attempt } from '../../laws/attempt.js';
import { laws } from '../../laws.js';
import { captured as clusterThat, onCaptures, type Script } from '../kube/captured-cluster.js';
import { agentSays, ciliumCluster, wellAgents } from './captured-cluster.js';
import { captured } from './captures.js';

const well: Script = [...wellAgents, ...ciliumCluster];
const degraded: Script = [
  ...agentSays('k8s-w0', 'shell -- health --levels=degraded', captured('health-degraded.txt')),
  ...agentSays('k8s-w1', 'status -o json', 'no JSON'),
  ...well,
];
const orphan: Script = [
  ['get pods --all-namespaces --selector=k8s-app=cilium ', { items: [] }],
  ...well,
];

laws(ciliumAgentsHealthy, {
  cases: [
    onCaptures('all are well', {}, well, 'nothing'),
    onCaptures('one has a degraded module, one is silent', {}, degraded, 'drift'),
    onCaptures('the one that is well', { nodes: ['k8s-ctr'] }, degraded, 'nothing'),
    onCaptures('no agents', {}, orphan, 'drift'),
  ],
  bad: [
    { title: 'no nodes', input: { nodes: [] } },
    { title: 'an option as a node', input: { nodes: ['--all'] } },
  ],
});

test('a kernel without geneve: the status is OK, and the module tells', async () => {
  const { drift, output } = await attempt(ciliumAgentsHealthy, {
    target: clusterThat(degraded).cluster,
    input: {},
    cleanup: () => Promise.resolve(),
  }).check();
  expect(drift).toMatch(
    /^k8s-w0: degraded: orchestrator\/job-reinitialize: Failed to reinitialize datapath; k8s-w1: the agent on k8s-w1 does not answer: /,
  );
  expect(output).toEqual({ agents: 3, unwell: ['k8s-w0', 'k8s-w1'] });
});
