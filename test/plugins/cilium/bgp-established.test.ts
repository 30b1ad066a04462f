import { expect, test } from '@jest/globals';
import { ciliumBgpEstablished } from '../../../plugins/cilium/bgp-established.js';
import { attempt } from '../../laws/attempt.js';
import { laws } from '../../laws.js';
import { captured, onCaptures, type Script } from '../kube/captured-cluster.js';
import { agentSays, ciliumCluster, wellAgents } from './captured-cluster.js';
import { capturedJson } from './captures.js';

const well: Script = [...wellAgents, ...ciliumCluster];
const peers = capturedJson('bgp-peers.json') as readonly object[];
const active: Script = [
  ...agentSays(
    'k8s-w1',
    'bgp peers -o json',
    peers.map((peer) => ({ ...peer, 'session-state': 'active' })),
  ),
  ...agentSays('k8s-w0', 'bgp peers -o json', 'no JSON'),
  ...well,
];
const unselected: Script = [['get ciliumbgpnodeconfigs.cilium.io ', { items: [] }], ...well];

laws(ciliumBgpEstablished, {
  cases: [
    onCaptures('all up', {}, well, 'nothing'),
    onCaptures('one down, one silent', {}, active, 'drift'),
    onCaptures('those of one node', { nodes: ['k8s-ctr'] }, active, 'nothing'),
    onCaptures('a peer that nobody has', { peers: ['10.9.9.9'] }, well, 'drift'),
    onCaptures('up for long enough', { minUptime: '24s' }, well, 'nothing'),
    onCaptures('not up for long enough', { minUptime: '25s' }, well, 'drift'),
    onCaptures('no node selected', {}, unselected, 'drift'),
  ],
  bad: [
    { title: 'no nodes', input: { nodes: [] } },
    { title: 'an option as a node', input: { nodes: ['--all'] } },
    { title: 'a name as a peer', input: { peers: ['router'] } },
    { title: 'a time without unit', input: { minUptime: '30' } },
    { title: 'an unknown field', input: { via: '10.0.0.1' } },
  ],
});

test('every agent is asked, and silence is no session', async () => {
  const { drift, output } = await attempt(ciliumBgpEstablished, {
    target: captured(active).cluster,
    input: {},
    cleanup: () => Promise.resolve(),
  }).check();
  expect(drift).toMatch(/the agent on k8s-w0 does not answer: .*; k8s-w1: \S+ is active/);
  expect(output).toEqual({ nodes: 3, down: ['k8s-w0', 'k8s-w1'] });
});
