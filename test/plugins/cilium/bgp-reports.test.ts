import { ciliumBgpReports } from '../../../plugins/cilium/bgp-reports.js';
import { laws } from '../../laws.js';
import { onCaptures, type Script } from '../kube/captured-cluster.js';

const told = { bgpInstances: [{ name: 'instance-65001', peers: [] }] };
const config = (name: string, status: object) => ({ metadata: { name }, status });
const configs = (...statuses: readonly object[]): Script => [
  [
    'get ciliumbgpnodeconfigs.cilium.io ',
    { items: statuses.map((status, at) => config(`node-${at}`, status)) },
  ],
];
// Without the report Cilium 1.18 leaves `status: {}`.
const off = configs({}, {}, {});

laws(ciliumBgpReports, {
  cases: [
    onCaptures('on', { reported: true }, configs(told, told), 'nothing'),
    onCaptures('off', { reported: false }, off, 'nothing'),
    onCaptures('off instead of on', { reported: true }, off, 'drift'),
    onCaptures('one left from before', { reported: false }, configs({}, told), 'drift'),
    onCaptures('none', { reported: false }, configs(), 'drift'),
  ],
  bad: [{ title: 'neither', input: {} }],
});
