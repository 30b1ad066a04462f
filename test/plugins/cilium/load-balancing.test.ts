import { expect, test } from '@jest/globals';
import { ciliumLoadBalancing } from '../../../plugins/cilium/load-balancing.js';
import { attempt } from '../../laws/attempt.js';
import { laws } from '../../laws.js';
import { captured, onCaptures, type Script } from '../kube/captured-cluster.js';
import { agentRuns, agentSays, ciliumCluster, wellAgents } from './captured-cluster.js';
import { capturedJson } from './captures.js';

const nodes = ['k8s-ctr', 'k8s-w0', 'k8s-w1'];
const snat: Script = [
  ...nodes.flatMap((node) => agentSays(node, 'status -o json', capturedJson('status-snat.json'))),
  ...wellAgents,
  ...ciliumCluster,
];
const says = (node: string, seed: string): Script => [
  ...agentSays(node, 'status -o json', capturedJson('status-dsr.json')),
  ...agentRuns(node, 'sh -c cd /tmp/cilium/config-map', `${seed}\nend\n`),
];
const dsr: Script = [...nodes.flatMap((node) => says(node, 'JLfvgnHc2kaSUFaI')), ...snat];
const twoSeeds: Script = [...says('k8s-w1', ''), ...dsr];
const mixed: Script = [...says('k8s-w0', ''), ...snat];
const orphan: Script = [
  ['get pods --all-namespaces --selector=k8s-app=cilium ', { items: [] }],
  ...dsr,
];
const wanted = { mode: 'dsr', dispatch: 'opt', algorithm: 'maglev' };

laws(ciliumLoadBalancing, {
  cases: [
    onCaptures('whatever they do', {}, mixed, 'nothing'),
    onCaptures('all do', wanted, dsr, 'nothing'),
    onCaptures('one does', wanted, mixed, 'drift'),
    onCaptures('another dispatch', { ...wanted, dispatch: 'geneve' }, dsr, 'drift'),
    onCaptures('another size', { tableSize: 65521 }, dsr, 'drift'),
    onCaptures('two seeds', wanted, twoSeeds, 'drift'),
    onCaptures('no agents', {}, orphan, 'drift'),
  ],
  bad: [
    { title: 'no nodes', input: { nodes: [] } },
    { title: 'a mode that is none', input: { mode: 'DSR' } },
    { title: 'an option as a node', input: { nodes: ['--all'] } },
    { title: 'tables of no size', input: { tableSize: 0 } },
  ],
});

const look = (script: Script, input: object) =>
  attempt(ciliumLoadBalancing, {
    target: captured(script).cluster,
    input,
    cleanup: () => Promise.resolve(),
  }).check();

test('who differs, and in what', async () => {
  const { drift, output } = await look(mixed, wanted);
  expect(drift).toMatch(
    /^k8s-ctr: mode is snat instead of dsr, dispatch is none instead of opt, algorithm is random/,
  );
  expect(output).toEqual({
    mode: null,
    dispatch: null,
    algorithm: null,
    tableSize: null,
    seed: null,
  });
});

test('one seed is told, two are too many', async () => {
  expect((await look(dsr, wanted)).output).toMatchObject({ seed: expect.any(String) });
  expect((await look(twoSeeds, wanted)).drift).toBe('agents have 2 seeds');
});
