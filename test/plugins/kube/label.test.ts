import { expect, test } from '@jest/globals';
import { kubeLabel } from '../../../plugins/kube/label.js';
import { attempt } from '../../laws/attempt.js';
import { laws } from '../../laws.js';
import { captured, wholeCluster } from './captured-cluster.js';

// Its laws are proven on a real cluster: test/lab/kube-nodes.test.ts.
laws(kubeLabel, {
  cases: [],
  bad: [
    { title: 'no labels', input: { kind: 'node', name: 'a', labels: {} } },
    { title: 'a value with a space', input: { kind: 'node', name: 'a', labels: { a: 'b c' } } },
    { title: 'an option as a key', input: { kind: 'node', name: 'a', labels: { '--all': 'b' } } },
    { title: 'an option as a kind', input: { kind: '--all', name: 'a', labels: { a: 'b' } } },
    { title: 'a name with a slash', input: { kind: 'node', name: 'a/b', labels: { a: 'b' } } },
    { title: 'no names', input: { kind: 'node', name: [], labels: { a: 'b' } } },
    {
      title: 'more objects than the history holds',
      input: {
        kind: 'node',
        name: Array.from({ length: 16 }, (_, at) => `node-${at}`),
        labels: { a: 'b' },
      },
    },
    {
      title: 'more labels than the history holds',
      input: {
        kind: 'node',
        name: 'a',
        labels: Object.fromEntries(Array.from({ length: 14 }, (_, at) => [`label-${at}`, 'x'])),
      },
    },
  ],
});

test('each label that differs is told, and `before` holds exactly the keys that are asked for', async () => {
  const on = (name: string) =>
    attempt(kubeLabel, {
      target: captured(wholeCluster).cluster,
      input: { kind: 'node', name, labels: { 'enable-bgp': null, rack: 'a1' } },
      cleanup: () => Promise.resolve(),
    }).check();
  expect(await on('k8s-w0')).toEqual({
    before: { 'enable-bgp': 'true', rack: null },
    drift: "node k8s-w0: enable-bgp is 'true' instead of absent; rack is absent instead of 'a1'",
    output: {},
  });
  await expect(on('nobody')).rejects.toMatchObject({
    code: 'refused',
    message: "lab has no node 'nobody'",
  });
});

test('of several objects each is told, and `before` holds the values of each', async () => {
  const found = await attempt(kubeLabel, {
    target: captured(wholeCluster).cluster,
    input: { kind: 'node', name: ['k8s-w1', 'k8s-w0'], labels: { rack: 'a1' } },
    cleanup: () => Promise.resolve(),
  }).check();
  expect(found).toEqual({
    before: { 'k8s-w0': { rack: null }, 'k8s-w1': { rack: null } },
    drift:
      "node k8s-w0: rack is absent instead of 'a1'; node k8s-w1: rack is absent instead of 'a1'",
    output: {},
  });
});
