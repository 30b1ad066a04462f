import { expect, test } from '@jest/globals';
import { requested } from '../../../../plugins/kube/pods/requests.js';

const needs = (cpu: string, restartPolicy?: string) => ({
  ...(restartPolicy === undefined ? {} : { restartPolicy }),
  resources: { requests: { cpu } },
});

test('containers add up, and a pod takes one place', () => {
  expect(requested({ containers: [needs('100m'), needs('1'), {}] })).toEqual({ cpu: 1.1, pods: 1 });
  expect(requested({})).toEqual({ pods: 1 });
});

test('the largest init container counts, if it is more', () => {
  const containers = [needs('200m')];
  expect(requested({ containers, initContainers: [needs('100m'), needs('500m')] })).toEqual({
    cpu: 0.5,
    pods: 1,
  });
  expect(requested({ containers, initContainers: [needs('100m')] })).toEqual({ cpu: 0.2, pods: 1 });
});

test('sidecars run beside the containers, and beside later init containers', () => {
  const sidecar = needs('100m', 'Always');
  expect(requested({ containers: [needs('200m')], initContainers: [sidecar] })['cpu']).toBeCloseTo(
    0.3,
  );
  const late = requested({ containers: [needs('200m')], initContainers: [sidecar, needs('500m')] });
  expect(late['cpu']).toBeCloseTo(0.6);
  const early = requested({
    containers: [needs('200m')],
    initContainers: [needs('500m'), sidecar],
  });
  expect(early['cpu']).toBeCloseTo(0.5);
});

test('the overhead of its runtime comes on top', () => {
  const made = requested({ containers: [needs('1')], overhead: { cpu: '250m', memory: '1Mi' } });
  expect(made).toEqual({ cpu: 1.25, memory: 1_048_576, pods: 1 });
});
