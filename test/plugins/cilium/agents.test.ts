import { expect, test } from '@jest/globals';
import { ciliumAgents } from '../../../plugins/cilium/agents.js';
import { attempt } from '../../laws/attempt.js';
import { laws } from '../../laws.js';
import { captured, onCaptures, type Script } from '../kube/captured-cluster.js';
import { agentSays, ciliumCluster } from './captured-cluster.js';
import { capturedJson } from './captures.js';

const nodes = ['k8s-ctr', 'k8s-w0', 'k8s-w1'];
const config = capturedJson('config.json') as object;
const says = (node: string, said: unknown): Script => agentSays(node, 'config -a -o json', said);
const well: Script = [...nodes.flatMap((node) => says(node, config)), ...ciliumCluster];
const mixed: Script = [
  ...says('k8s-w0', { ...config, EnableBGPControlPlane: false }),
  ...says('k8s-w1', 'no JSON'),
  ...well,
];
const orphan: Script = [
  ['get pods --all-namespaces --selector=k8s-app=cilium ', { items: [] }],
  ...well,
];
const bgp = { settings: { EnableBGPControlPlane: true } };

laws(ciliumAgents, {
  cases: [
    onCaptures('all answer', {}, well, 'nothing'),
    onCaptures('all run with it', bgp, well, 'nothing'),
    onCaptures('one runs without it, one is silent', bgp, mixed, 'drift'),
    onCaptures('that of one node', { ...bgp, nodes: ['k8s-ctr'] }, mixed, 'nothing'),
    onCaptures('a setting that nobody knows', { settings: { NoSuch: 1 } }, well, 'drift'),
    onCaptures('no agents', {}, orphan, 'drift'),
  ],
  bad: [
    { title: 'no nodes', input: { nodes: [] } },
    { title: 'an option as a node', input: { nodes: ['--all'] } },
    { title: 'an option as a setting', input: { settings: { '-a': true } } },
  ],
});

test('every agent is asked itself, and told apart', async () => {
  const { drift, output } = await attempt(ciliumAgents, {
    target: captured(mixed).cluster,
    input: bgp,
    cleanup: () => Promise.resolve(),
  }).check();
  expect(drift).toMatch(
    /^k8s-w0: EnableBGPControlPlane is false instead of true; the agent on k8s-w1 does not answer: /,
  );
  expect(output).toMatchObject({
    agents: [
      { node: 'k8s-ctr', bgp: true },
      { node: 'k8s-w0', bgp: false },
      { node: 'k8s-w1', bgp: null },
    ],
    more: 0,
  });
  const { podCidrs } = output as { podCidrs: string[] };
  expect([...podCidrs].sort()).toEqual(['172.20.0.0/24', '172.20.1.0/24', '172.20.2.0/24']);
});
