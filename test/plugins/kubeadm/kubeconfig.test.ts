import { expect, test } from '@jest/globals';
import { kubeadmKubeconfig, renamed } from '../../../plugins/kubeadm/kubeconfig.js';
import { laws } from '../../laws.js';

// Its laws are proven on real machines: test/lab/kubeadm.test.ts.
laws(kubeadmKubeconfig, {
  cases: [],
  bad: [
    { title: 'a relative path', input: { controlPlane: 'c', path: 'kubeconfig', context: 'a' } },
    { title: 'an option as a context', input: { controlPlane: 'c', path: '/a', context: '--x' } },
    { title: 'no control plane', input: { path: '/a', context: 'a' } },
  ],
});

const source = {
  clusters: [
    {
      name: 'kubernetes',
      cluster: { server: 'https://10.0.0.1:6443', 'certificate-authority-data': 'Q0E=' },
    },
  ],
  users: [{ name: 'kubernetes-admin', user: { 'client-key-data': 'S0VZ' } }],
};

test('cluster, user and context get the name that was asked for', () => {
  expect(renamed(source, 'lab')).toEqual({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'lab',
    clusters: [{ name: 'lab', cluster: source.clusters[0]?.cluster }],
    users: [{ name: 'lab', user: source.users[0]?.user }],
    contexts: [{ name: 'lab', context: { cluster: 'lab', user: 'lab' } }],
  });
});

test('another address of the API server', () => {
  expect(renamed(source, 'lab', 'localhost:16443')).toMatchObject({
    clusters: [
      { cluster: { server: 'https://localhost:16443', 'certificate-authority-data': 'Q0E=' } },
    ],
  });
});

test('a file without a cluster is refused', () => {
  expect(() => renamed({ clusters: [], users: [] }, 'lab')).toThrow('names no cluster or no user');
});
