import { describe, expect, test } from '@jest/globals';
import { kubeField } from '../../../plugins/kube/field.js';
import { attempt } from '../../laws/attempt.js';
import { laws } from '../../laws.js';
import { fakeCluster } from './fake-kubectl.js';

// Its laws are proven on a real cluster: test/lab/kube-field.test.ts.
const input = {
  kind: 'service',
  name: 'web',
  path: ['spec', 'externalTrafficPolicy'],
  value: 'Local',
};
laws(kubeField, {
  cases: [],
  bad: [
    { title: 'the name of the object', input: { ...input, path: ['metadata', 'name'] } },
    { title: 'all of the spec', input: { ...input, path: ['spec'] } },
    { title: 'the status', input: { ...input, path: ['status', 'replicas'] } },
    { title: 'a map as a value', input: { ...input, value: { a: 1 } } },
    { title: 'an option as a kind', input: { ...input, kind: '--all' } },
  ],
});

/** A cluster with one service, whose patches are noted. */
function cluster(spec: object) {
  return fakeCluster((args) =>
    args[0] === 'get' && args[2] === 'web'
      ? JSON.stringify({ metadata: { name: 'web', resourceVersion: '7' }, spec })
      : '',
  );
}
const on = (target: ReturnType<typeof cluster>, more: object = {}) =>
  attempt(kubeField, {
    target: target.cluster,
    input: { ...input, ...more },
    cleanup: () => Promise.resolve(),
  });

describe('one field of an object', () => {
  test('is compared, and its value kept', async () => {
    expect(await on(cluster({ externalTrafficPolicy: 'Cluster' })).check()).toEqual({
      before: { value: 'Cluster' },
      drift: 'service web: spec.externalTrafficPolicy is "Cluster" instead of "Local"',
      output: { value: '"Cluster"' },
    });
    expect((await on(cluster({ externalTrafficPolicy: 'Local' })).check()).drift).toBeNull();
    expect((await on(cluster({}), { value: null }).check()).drift).toBeNull();
    await expect(on(cluster({}), { name: 'nobody' }).check()).rejects.toMatchObject({
      code: 'refused',
    });
  });

  test('is written on the version that was read, and what was absent is taken away again', async () => {
    const path = ['metadata', 'annotations', 'lbipam.cilium.io/ips'];
    const found = cluster({});
    const worker = on(found, { path, value: '172.16.2.1' });
    const { before } = await worker.check();
    await worker.apply(before);
    expect(found.calls.at(-1)).toContain(
      '--patch={"metadata":{"annotations":{"lbipam.cilium.io/ips":"172.16.2.1"},"resourceVersion":"7"}}',
    );
    expect(before).toEqual({ value: null });
  });

  test('a value that does not fit into the history is refused', async () => {
    const large = cluster({ externalTrafficPolicy: 'x'.repeat(800) });
    await expect(on(large).check()).rejects.toMatchObject({ code: 'refused' });
  });
});
