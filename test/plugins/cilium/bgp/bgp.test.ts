import { describe, expect, test } from '@jest/globals';
import { jsonBytes } from '../../../../core/excerpt.js';
import { ciliumBgpNode } from '../../../../plugins/cilium/bgp-node.js';
import { misfits, type Peering } from '../../../../plugins/cilium/bgp/fit.js';
import { fit, missing, type NodeSeen } from '../../../../plugins/cilium/bgp/node.js';
import type { ClusterConfig, PeerConfig, Plain } from '../../../../plugins/cilium/bgp/resources.js';
import { inOrder, parseAdvertised, parsePeers } from '../../../../plugins/cilium/bgp/routes.js';
import { selecting, valueFor } from '../../../../plugins/cilium/bgp/selection.js';
import { capturedJson, items } from '../captures.js';

describe('what an agent tells of BGP', () => {
  test('its peers', () => {
    expect(parsePeers(capturedJson('bgp-peers.json'))).toEqual([
      {
        address: '192.168.10.200',
        state: 'established',
        sinceMs: 24_813,
        families: ['ipv4'],
      },
    ]);
    expect(parsePeers([])).toEqual([]);
    expect(parsePeers(null)).toEqual([]);
    expect(() => parsePeers({})).toThrow(TypeError);
    expect(() => parsePeers([{}])).toThrow(TypeError);
  });

  test('what it announces, pod networks first, each once', () => {
    const told = parseAdvertised(capturedJson('bgp-routes-advertised.json'));
    expect(told).toEqual(['172.20.1.0/24', '172.16.1.1/32']);
    expect(inOrder(['172.16.1.10/32', '172.16.1.9/32', ...told, ...told])).toEqual([
      '172.20.1.0/24',
      '172.16.1.1/32',
      '172.16.1.9/32',
      '172.16.1.10/32',
    ]);
    expect(() => parseAdvertised({})).toThrow(TypeError);
  });

  test('of many prefixes as many are kept as fit into the history', () => {
    const many = Array.from(
      { length: 300 },
      (_, index) => `172.16.${index >> 8}.${index & 255}/32`,
    );
    const { prefixes, more } = fit(['172.20.1.0/24', ...many]);
    expect(prefixes[0]).toBe('172.20.1.0/24');
    expect(prefixes.length + more).toBe(301);
    expect(jsonBytes({ label: 'x'.repeat(63), selected: true, prefixes, more })).toBeLessThan(1024);
    expect(fit(['172.20.1.0/24'])).toEqual({ prefixes: ['172.20.1.0/24'], more: 0 });
  });
});

const configs = items('cluster-configs-reporton.json') as readonly ClusterConfig[];

function withSelector(nodeSelector: ClusterConfig['spec']['nodeSelector']): ClusterConfig {
  const spec = nodeSelector === undefined ? {} : { nodeSelector };
  return { metadata: { name: 'other' }, spec };
}

describe('the label that decides', () => {
  test.each([
    [{ 'enable-bgp': 'true' }, false, 'false'],
    [{ 'enable-bgp': 'true' }, true, 'true'],
    [{}, true, 'true'],
    [{ 'enable-bgp': 'maybe' }, false, 'maybe'],
    [{}, false, null],
  ])('%j, selected: %j → %j', (labels, selected, value) => {
    expect(valueFor(configs, labels, 'enable-bgp', selected)).toBe(value);
  });

  test('a selector that asks for presence is met by any value, and left by none', () => {
    const present = withSelector({ matchExpressions: [{ key: 'bgp', operator: 'Exists' }] });
    expect(valueFor([present], { bgp: 'x' }, 'bgp', false)).toBeNull();
    expect(valueFor([present], {}, 'bgp', true)).toBe('true');
  });

  test('a selector that lists values is met by the first', () => {
    const listed = withSelector({
      matchExpressions: [{ key: 'bgp', operator: 'In', values: ['tor-a', 'tor-b'] }],
    });
    expect(valueFor([listed], {}, 'bgp', true)).toBe('tor-a');
    expect(valueFor([listed], { bgp: 'tor-b' }, 'bgp', true)).toBe('tor-b');
  });

  test('a label that decides nothing is told apart', () => {
    expect(valueFor(configs, { 'enable-bgp': 'true' }, 'other', false)).toBeUndefined();
    expect(valueFor(configs, {}, 'other', true)).toBeUndefined();
    const everything = withSelector(undefined);
    expect(selecting([everything], {})).toEqual(['other']);
    expect(valueFor([everything], {}, 'enable-bgp', false)).toBeUndefined();
  });
});

describe('a node on its way into BGP and out', () => {
  const peers = parsePeers(capturedJson('bgp-peers.json'));
  const on = { 'enable-bgp': 'true' };
  const before = { label: 'true', selected: true, prefixes: ['172.20.1.0/24'], more: 0 };
  const seen: NodeSeen = { configs, labels: on, copied: on, peers, before };

  test('is followed from the label to the agent', () => {
    expect(missing(seen, 'w0', true)).toBeNull();
    expect(missing(seen, 'w0', false)).toBe('w0 is selected for BGP');
    const labelled = { ...seen, labels: {} };
    expect(missing(labelled, 'w0', false)).toBe(
      'w0 is labelled, but its agent has not copied the label to its CiliumNode',
    );
    const copied = { ...labelled, copied: {} };
    expect(missing(copied, 'w0', false)).toBe(
      'w0 still has its CiliumBGPNodeConfig: the operator removes it',
    );
    const removed = { ...copied, before: { ...before, selected: false } };
    expect(missing(removed, 'w0', false)).toBe('the agent on w0 still has peers');
    expect(missing({ ...removed, peers: [] }, 'w0', false)).toBeNull();
    expect(missing({ ...removed, peers: [] }, 'w0', true)).toBe('w0 is not selected for BGP');
    expect(missing({ ...seen, peers: [] }, 'w0', true)).toBe('the agent on w0 has no peers yet');
  });

  test('is back when its label is, and all that it announced', () => {
    const restored = ciliumBgpNode.restored!;
    expect(restored(before, before)).toBeNull();
    expect(
      restored(before, { ...before, prefixes: ['172.16.1.1/32', '172.20.1.0/24'] }),
    ).toBeNull();
    expect(restored(before, { ...before, prefixes: [] })).toBe(
      'not announced again: 172.20.1.0/24',
    );
    expect(restored(before, { ...before, label: 'false' })).toBe('the label is false');
    expect(restored(before, { ...before, selected: false })).toBe(
      'the operator does not select it yet',
    );
    const none = { label: null, selected: false, prefixes: [], more: 0 };
    expect(restored(none, { ...none, selected: true })).toBe('the operator still selects it');
    expect(restored(none, { ...none, label: 'false' })).toBe('the label is false');
  });
});

describe('whether the resources fit together', () => {
  const good: Peering = {
    configs,
    peerConfigs: items('peer-configs.json') as readonly PeerConfig[],
    advertisements: items('advertisements.json') as readonly Plain[],
    nodes: items('cilium-nodes.json') as readonly Plain[],
    nodeConfigs: items('node-configs-established.json') as readonly Plain[],
  };

  test('those of the lab do, with and without conditions', () => {
    expect(misfits(good)).toEqual([]);
    const without = items('cluster-configs-reportoff.json') as readonly ClusterConfig[];
    expect(misfits({ ...good, configs: without })).toEqual([]);
  });

  test('conditions of the operator are read by their status, never by their message', () => {
    const bad = items('cluster-configs-conditions-true.json') as readonly ClusterConfig[];
    expect(misfits({ ...good, configs: bad })).toEqual([
      'conflicting selects nodes of another cluster config',
      'nomatch selects no node',
      'nomatch refers to peer configs that do not exist',
      'peer config missing does not exist',
      'k8s-ctr is selected by cilium-bgp and conflicting',
      'k8s-w0 is selected by cilium-bgp and conflicting',
      'k8s-w1 is selected by cilium-bgp and conflicting',
    ]);
  });

  test('what nobody else says', () => {
    expect(misfits({ ...good, configs: [] })).toEqual(['there is no CiliumBGPClusterConfig']);
    expect(misfits({ ...good, advertisements: [] })).toEqual([
      'peer config cilium-peer advertises nothing for ipv4/unicast',
    ]);
    expect(misfits({ ...good, peerConfigs: [] })).toEqual([
      'peer config cilium-peer does not exist',
    ]);
    expect(
      misfits({
        ...good,
        nodeConfigs: items('node-configs-idle-after-unselect.json') as readonly Plain[],
      }),
    ).toEqual(['k8s-w0 has no CiliumBGPNodeConfig yet']);
    const unlabelled = good.nodes.map(({ metadata }) => ({ metadata: { name: metadata.name } }));
    expect(misfits({ ...good, nodes: unlabelled })).toEqual([
      'cilium-bgp selects no node',
      'k8s-ctr still has a CiliumBGPNodeConfig',
      'k8s-w0 still has a CiliumBGPNodeConfig',
      'k8s-w1 still has a CiliumBGPNodeConfig',
    ]);
  });
});
