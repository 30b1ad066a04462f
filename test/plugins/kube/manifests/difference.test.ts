import { expect, test } from '@jest/globals';
import { differences, differenceText } from '../../../../plugins/kube/manifests/difference.js';
import type { LiveObject } from '../../../../plugins/kube/manifests/object.js';

const live: LiveObject = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: {
    name: 'web',
    generation: 3,
    resourceVersion: '7',
    managedFields: [],
    labels: { a: 'b' },
  },
  spec: { replicas: 3, template: { spec: { containers: [{ name: 'w', image: 'x:1' }] } } },
  status: { replicas: 3 },
};

test('only what somebody states is compared', () => {
  const counted = {
    ...live,
    metadata: { ...live.metadata, generation: 4, resourceVersion: '8', managedFields: [{}] },
    status: { replicas: 9 },
  };
  expect(differences(live, counted)).toEqual([]);
});

test('paths with both values, readable', () => {
  const wanted = {
    ...live,
    metadata: { ...live.metadata, labels: {} },
    spec: {
      replicas: 2,
      template: { spec: { containers: [{ name: 'w', image: `x:${'2'.repeat(60)}` }] } },
    },
  };
  expect(differences(live, wanted).map((each) => differenceText(each, 'Deployment'))).toEqual([
    'metadata.labels.a is b instead of absent',
    'spec.replicas is 3 instead of 2',
    `spec.template.spec.containers.0.image is x:1 instead of x:${'2'.repeat(37)}…`,
  ]);
});

test('of a Secret nothing but paths', () => {
  const [first] = differences(
    { ...live, data: { key: 'b2xk' } },
    { ...live, data: { key: 'bmV3' } },
  );
  if (first === undefined) throw new Error('no difference');
  expect(differenceText(first, 'Secret')).toBe('data.key');
});
