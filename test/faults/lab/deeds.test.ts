import { expect, test } from '@jest/globals';
import { Deeds, type Sight } from './deeds.js';
import { hopsOf, routesOf, sightOf } from './sights.js';

function told(...sights: readonly Sight[]): string[] {
  const deeds = new Deeds({ 'k8s-w0': '192.168.20.100', 'k8s-w1': '192.168.10.101' });
  for (const sight of sights) deeds.take(sight, 0);
  return deeds.all.map(({ what, node, whose }) => `${what} ${node} ${whose}`.trim());
}

const node = (version: number, unschedulable: string, label: string, boot = 'b1'): Sight =>
  sightOf('nodes', `MODIFIED|${version}|k8s-w0|${unschedulable}|${label}|${boot}`);

test('what is there at first was not done; each change is, and what a watch tells again is not', () => {
  const first = node(10, '', 'true');
  expect(told(first)).toEqual([]);
  expect(
    told(
      first,
      node(11, '', 'true'),
      node(12, 'true', 'true'),
      node(15, 'true', 'false'),
      node(12, 'true', 'true'),
      node(16, 'true', 'false', 'b2'),
      node(20, 'true', 'true', 'b2'),
      node(22, '', 'true', 'b2'),
    ),
  ).toEqual([
    'cordon k8s-w0',
    'withdraw k8s-w0',
    'boot k8s-w0 b2',
    'select k8s-w0',
    'uncordon k8s-w0',
  ]);
});

test('a pod that is told to end was evicted, once; those that a drain leaves are none of it', () => {
  const pod = (type: string, owner: string, leaving: string, at = 'k8s-w0'): Sight =>
    sightOf('pods', `${type}|7|web-1|${at}|${owner}|${leaving}`);
  const time = '2026-11-27T07:00:00Z';
  expect(
    told(
      pod('ADDED', 'ReplicaSet', '', ''),
      pod('MODIFIED', 'ReplicaSet', ''),
      pod('MODIFIED', 'ReplicaSet', time),
      pod('MODIFIED', 'ReplicaSet', time),
      pod('DELETED', 'ReplicaSet', time),
    ),
  ).toEqual(['evict k8s-w0 web-1', 'gone k8s-w0 web-1']);
  expect(told(pod('DELETED', 'ReplicaSet', ''))).toEqual([
    'evict k8s-w0 web-1',
    'gone k8s-w0 web-1',
  ]);
  expect(told(pod('MODIFIED', 'DaemonSet', time), pod('DELETED', 'Node', time))).toEqual([]);
});

test('a claim goes from one holder to another, and ends with the lease', () => {
  const claim = (type: string, holder: string): Sight =>
    sightOf('claims', `${type}|7|node-k8s-w0|${holder}`);
  expect(
    told(
      claim('ADDED', 'runbook/a'),
      claim('MODIFIED', 'runbook/a'),
      claim('MODIFIED', 'runbook/b'),
      claim('DELETED', 'runbook/b'),
    ),
  ).toEqual([
    'claim k8s-w0 runbook/a',
    'release k8s-w0 runbook/a',
    'claim k8s-w0 runbook/b',
    'release k8s-w0 runbook/b',
  ]);
});

test('routes are lost when the router sends nothing to the node any more, and found again', () => {
  const shared = { dst: '172.16.1.1', nexthops: [{ gateway: '192.168.20.100', dev: 'eth2' }] };
  const alone = { dst: '172.20.0.0/24', gateway: '192.168.20.100', dev: 'eth2' };
  const other = { dst: '172.20.1.0/24', gateway: '192.168.10.101' };
  const routes = (...all: readonly object[]): Sight => routesOf(JSON.stringify(all));
  expect(
    told(routes(shared, alone, other), routes(shared, other), routes(other), routes(alone, other)),
  ).toEqual(['lost k8s-w0 192.168.20.100', 'found k8s-w0 192.168.20.100']);
  expect(hopsOf(JSON.stringify([shared, alone]))).toEqual({
    '172.16.1.1': ['192.168.20.100'],
    '172.20.0.0/24': ['192.168.20.100'],
  });
});

test('a line that no watch tells is an error, not a sight', () => {
  expect(() => sightOf('nodes', 'error: you must be logged in')).toThrow('not told by a watch');
});
