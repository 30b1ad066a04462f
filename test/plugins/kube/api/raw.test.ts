import { describe, expect, it } from '@jest/globals';
import { rawPath } from '../../../../plugins/kube/api/raw.js';
import { evict } from '../../../../plugins/kube/pods/eviction.js';
import { fakeCluster } from '../fake-kubectl.js';

const pod = { metadata: { name: 'web', namespace: 'a', uid: 'u1' }, spec: {} };

async function pathOn(server: string): Promise<string> {
  return rawPath(fakeCluster(() => '{}', server).cluster, '/api/v1/nodes');
}

describe('the path of a raw request', () => {
  it('is that of the API where the server has none of its own', async () => {
    expect(await pathOn('https://192.168.10.100:6443')).toBe('/api/v1/nodes');
    expect(await pathOn('https://192.168.10.100:6443/')).toBe('/api/v1/nodes');
  });

  it('begins with the path that the server is behind', async () => {
    expect(await pathOn('https://host/k8s/clusters/c-1')).toBe('/k8s/clusters/c-1/api/v1/nodes');
  });

  it('is so for evictions, too', async () => {
    const { cluster, calls } = fakeCluster(() => '{}', 'https://host/k8s/clusters/c-1/');
    expect(await evict(cluster, pod)).toEqual({ kind: 'accepted' });
    expect(calls).toEqual([
      'kubectl create --raw /k8s/clusters/c-1/api/v1/namespaces/a/pods/web/eviction --filename=-',
    ]);
  });
});
