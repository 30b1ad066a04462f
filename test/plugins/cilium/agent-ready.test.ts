import { expect, test } from '@jest/globals';
import { ciliumAgentReady } from '../../../plugins/cilium/agent-ready.js';
import { attempt } from '../../laws/attempt.js';
import { laws } from '../../laws.js';
import { badNode } from '../kube/bad-node.js';
import { captured as clusterThat, onCaptures, type Script } from '../kube/captured-cluster.js';
import { agentSays, ciliumCluster, wellAgents } from './captured-cluster.js';
import { captured } from './captures.js';

const node = 'k8s-w0';
const well: Script = [...wellAgents, ...ciliumCluster];
const degraded: Script = [
  ...agentSays(node, 'shell -- health --levels=degraded', captured('health-degraded.txt')),
  ...well,
];
const since = (time: string): object => ({ node, since: time });

laws(ciliumAgentReady, {
  cases: [
    onCaptures('well', { node }, well, 'nothing'),
    onCaptures('a degraded module', { node }, degraded, 'drift'),
    onCaptures('started before that time', since('2026-11-23T18:46:02Z'), well, 'drift'),
    onCaptures('started in that second', since('2026-11-23T18:46:01.900Z'), well, 'nothing'),
    onCaptures('another boot', { node, bootId: '00000000-0000' }, well, 'drift'),
  ],
  bad: [
    ...badNode,
    { title: 'a time without zone', input: since('2026-11-23 18:46') },
    { title: 'a boot that is none', input: { node, bootId: 'x; y' } },
  ],
});

test('what is wrong is told in the words of the agent', async () => {
  const { drift, output } = await attempt(ciliumAgentReady, {
    target: clusterThat(degraded).cluster,
    input: { node },
    cleanup: () => Promise.resolve(),
  }).check();
  expect(drift).toBe(
    'k8s-w0: degraded: orchestrator/job-reinitialize: Failed to reinitialize datapath',
  );
  expect(output).toMatchObject({ pod: 'cilium-24ql9', startedAt: '2026-11-23T18:46:01Z' });
});
