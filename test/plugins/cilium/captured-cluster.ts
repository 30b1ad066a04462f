import { wholeCluster, type Script } from '../kube/captured-cluster.js';
import { captured, capturedJson } from './captures.js';

const list = (name: string): unknown => capturedJson(`${name}.json`);
const nodes = (list('cilium-nodes') as { items: { metadata: { name: string } }[] }).items;

/** The captured cluster with Cilium: an agent on each node, all selected for BGP, all well. */
export const ciliumCluster: Script = [
  ['get pods --all-namespaces --selector=k8s-app=cilium ', list('agent-pods')],
  ['get ciliumbgpclusterconfigs.cilium.io ', list('cluster-configs-reporton')],
  ['get ciliumbgppeerconfigs.cilium.io ', list('peer-configs')],
  ['get ciliumbgpadvertisements.cilium.io ', list('advertisements')],
  ['get ciliumbgpnodeconfigs.cilium.io ', list('node-configs-established')],
  ...nodes.map((node) => [`get ciliumnodes.cilium.io ${node.metadata.name} `, node] as const),
  ['get ciliumnodes.cilium.io ', { items: nodes }],
  ['get services ', { items: [list('services')] }],
  ['get endpointslices ', list('endpointslices')],
  ...wholeCluster,
];

const agents = (
  list('agent-pods') as { items: { metadata: { name: string }; spec: { nodeName: string } }[] }
).items;

/** What a program prints that is run in the agent of a node. */
export function agentRuns(node: string, words: string, said: unknown): Script {
  const pod = agents.find(({ spec }) => spec.nodeName === node)?.metadata.name ?? '';
  const place = `exec --namespace=kube-system ${pod} --container=cilium-agent --`;
  return [[`${place} ${words} `, said]];
}

/** What the agent of a node says to cilium-dbg; left out: all is well. */
export function agentSays(node: string, words: string, said: unknown): Script {
  return agentRuns(node, `cilium-dbg ${words}`, said);
}

/** Every agent is well, and has its sessions up. */
export const wellAgents: Script = agents.flatMap(({ spec: { nodeName } }) => [
  ...agentSays(nodeName, 'status -o json', list('status')),
  ...agentSays(nodeName, 'shell -- health --levels=degraded', captured('health-well.txt')),
  ...agentSays(nodeName, 'status --verbose', captured('modules-health.txt')),
  ...agentSays(nodeName, 'metrics list --match-pattern hive_status -o json', list('metrics')),
  ...agentSays(nodeName, 'bgp peers -o json', list('bgp-peers')),
  ...agentSays(
    nodeName,
    'bgp routes advertised ipv4 unicast -o json',
    list('bgp-routes-advertised'),
  ),
]);
