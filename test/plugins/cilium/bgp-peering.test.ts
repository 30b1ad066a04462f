import { expect, test } from '@jest/globals';
import { ciliumBgpPeering } from '../../../plugins/cilium/bgp-peering.js';
import { attempt } from '../../laws/attempt.js';
import { laws } from '../../laws.js';
import { captured, onCaptures, type Script } from '../kube/captured-cluster.js';
import { ciliumCluster } from './captured-cluster.js';
import { capturedJson } from './captures.js';

const conflicting: Script = [
  ['get ciliumbgpclusterconfigs.cilium.io ', capturedJson('cluster-configs-conditions-true.json')],
  ...ciliumCluster,
];

laws(ciliumBgpPeering, {
  cases: [
    onCaptures('all fits', {}, ciliumCluster, 'nothing'),
    onCaptures('two that select the same nodes', {}, conflicting, 'drift'),
  ],
  bad: [{ title: 'an unknown field', input: { node: 'k8s-w0' } }],
});

test('the faults are told as far as they fit, and counted', async () => {
  const { drift, output } = await attempt(ciliumBgpPeering, {
    target: captured(conflicting).cluster,
    input: {},
    cleanup: () => Promise.resolve(),
  }).check();
  expect(drift).toMatch(
    /^conflicting selects nodes of another cluster config; nomatch selects no node; /,
  );
  expect(output).toEqual({ nodes: 3, faults: 7 });
});
