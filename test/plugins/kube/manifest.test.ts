import { expect, test } from '@jest/globals';
import { kubeManifest } from '../../../plugins/kube/manifest.js';
import { laws } from '../../laws.js';

const service = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'web' },
  spec: { ports: [{ port: 80 }] },
};

// Its laws are proven on a real cluster: test/lab/kube-manifest.test.ts.
laws(kubeManifest, {
  cases: [],
  bad: [
    { title: 'text', input: { manifest: 'kind: ConfigMap' } },
    { title: 'no objects', input: { manifest: [] } },
    {
      title: 'an object without a name',
      input: { manifest: { apiVersion: 'v1', kind: 'ConfigMap', metadata: {} } },
    },
    {
      title: 'a list as an object',
      input: { manifest: { apiVersion: 'v1', kind: 'List', metadata: { name: 'a' } } },
    },
    { title: 'a status', input: { manifest: { ...service, status: {} } } },
    {
      title: 'an option as a name',
      input: { manifest: { ...service, metadata: { name: '--all' } } },
    },
    { title: 'an option as a namespace', input: { namespace: '--all', manifest: service } },
  ],
});

test('what it owns follows the objects, not their order or contents', () => {
  const owned = (manifest: unknown): string | undefined =>
    kubeManifest.resource?.(kubeManifest.input.parse({ manifest }));
  expect(owned(service)).toBe(owned({ ...service, spec: { ports: [{ port: 81 }] } }));
  expect(owned(service)).not.toBe(owned({ ...service, metadata: { name: 'other' } }));
});
