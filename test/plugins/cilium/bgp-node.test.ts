import { expect, test } from '@jest/globals';
import { ciliumBgpNode } from '../../../plugins/cilium/bgp-node.js';
import { attempt } from '../../laws/attempt.js';
import { laws } from '../../laws.js';
import { badNode } from '../kube/bad-node.js';
import { captured } from '../kube/captured-cluster.js';
import { ciliumCluster, wellAgents } from './captured-cluster.js';

// Its laws are proven on a real cluster; how a node is followed in and out: bgp/bgp.test.ts.
laws(ciliumBgpNode, {
  cases: [],
  bad: [
    ...badNode.map(({ title, input }) => ({ title, input: { ...input, selected: false } })),
    { title: 'neither in nor out', input: { node: 'k8s-w0' } },
    { title: 'a label with a value', input: { node: 'k8s-w0', selected: true, label: 'a=b' } },
    { title: 'an option as a label', input: { node: 'k8s-w0', selected: true, label: '--all' } },
  ],
});

test('the state found holds the label, and what the node announces', async () => {
  const { cluster, calls } = captured([...wellAgents, ...ciliumCluster]);
  const on = (selected: boolean) =>
    attempt(ciliumBgpNode, {
      target: cluster,
      input: { node: 'k8s-w0', selected },
      cleanup: () => Promise.resolve(),
    }).check();
  const found = await on(true);
  expect(found).toMatchObject({
    drift: null,
    before: { label: 'true', selected: true, prefixes: expect.arrayContaining(['172.20.1.0/24']) },
  });
  expect((await on(false)).drift).toBe('k8s-w0 is selected for BGP');
  expect(calls.every((call) => /^kubectl (?:get|exec) /.test(call))).toBe(true);
});

test('a label that decides nothing is refused before it is set', async () => {
  const { cluster, calls } = captured([...wellAgents, ...ciliumCluster]);
  const step = attempt(ciliumBgpNode, {
    target: cluster,
    input: { node: 'k8s-w0', selected: false, label: 'rack' },
    cleanup: () => Promise.resolve(),
  });
  await expect(step.apply((await step.check()).before)).rejects.toMatchObject({
    code: 'refused',
    class: 'permanent',
    message: 'lab: cilium-bgp selects k8s-w0 whatever its label rack says',
  });
  expect(calls.some((call) => call.startsWith('kubectl label'))).toBe(false);
});
