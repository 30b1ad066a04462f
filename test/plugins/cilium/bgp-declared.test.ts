import { expect, test } from '@jest/globals';
import { ciliumBgpDeclared } from '../../../plugins/cilium/bgp-declared.js';
import { attempt } from '../../laws/attempt.js';
import { laws } from '../../laws.js';
import { captured, onCaptures, type Script } from '../kube/captured-cluster.js';
import { ciliumCluster } from './captured-cluster.js';

const peer = { name: 'tor', peerASN: 65000, peerAddress: '192.168.10.200' };

function config(more: object = {}, name = 'cilium-bgp'): object {
  return {
    apiVersion: 'cilium.io/v2',
    kind: 'CiliumBGPClusterConfig',
    metadata: { name },
    spec: { bgpInstances: [{ name: 'one', localASN: 65001, peers: [peer], ...more }] },
  };
}

const around = {
  asn: 65001,
  routers: [{ address: '192.168.10.200', asn: 65000 }],
  nodes: ['k8s-ctr', 'k8s-w0', 'k8s-w1'],
};
const fits = { ...around, resources: [{ kind: 'CiliumBGPPeerConfig' }, config()] };
const none: Script = [['get ciliumbgpclusterconfigs.cilium.io ', { items: [] }], ...ciliumCluster];

laws(ciliumBgpDeclared, {
  cases: [
    onCaptures('what is there already', fits, ciliumCluster, 'nothing'),
    onCaptures('nothing there yet', fits, none, 'nothing'),
    onCaptures(
      'under another name than the one that has the nodes',
      { ...fits, resources: [config({}, 'other')] },
      ciliumCluster,
      'drift',
    ),
    onCaptures('no cluster config', { ...around, resources: [{ kind: 'A' }] }, none, 'drift'),
    onCaptures('a node that is unknown', { ...fits, nodes: ['k8s-w9'] }, none, 'drift'),
  ],
  bad: [
    { title: 'no resources', input: { ...around, resources: [] } },
    { title: 'a name as a router', input: { ...fits, routers: [{ address: 'tor', asn: 1 }] } },
    { title: 'a number that is none', input: { ...fits, asn: 0 } },
    { title: 'no nodes', input: { ...fits, nodes: [] } },
    { title: 'an unknown field', input: { ...fits, node: 'k8s-w0' } },
  ],
});

test.each([
  ['another number', { localASN: 65009 }, 'cilium-bgp/one has AS 65009, not 65001'],
  ['no number', { localASN: null }, 'cilium-bgp/one has AS none, not 65001'],
  ['no peers', { peers: [] }, 'cilium-bgp/one has no peer 192.168.10.200'],
  [
    'a router with another number',
    { peers: [{ ...peer, peerASN: 65002 }] },
    'cilium-bgp/one: 192.168.10.200 is AS 65000, not 65002',
  ],
  [
    'a router too many',
    { peers: [peer, { ...peer, peerAddress: '10.9.9.9' }] },
    'cilium-bgp/one: 10.9.9.9 is no router of the inventory',
  ],
])('%s is told', async (_, wrong, drift) => {
  const found = await attempt(ciliumBgpDeclared, {
    target: captured(none).cluster,
    input: { ...around, resources: [config(wrong)] },
    cleanup: () => Promise.resolve(),
  }).check();
  expect(found).toEqual({ before: null, drift, output: { configs: 1, faults: 1 } });
});
