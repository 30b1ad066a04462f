import { expect, test } from '@jest/globals';
import { renamed } from '../../../plugins/kubeadm/kubeconfig.js';

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
