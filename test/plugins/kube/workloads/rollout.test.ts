import { describe, expect, test } from '@jest/globals';
import { rolloutOf, type Workload } from '../../../../plugins/kube/workloads/rollout.js';
import { recorded } from '../fixture.js';

const read = (file: string) => JSON.parse(recorded(`kubectl/${file}.json`)) as Workload;
const deployment = read('deployment');
const daemonSet = read('daemonset');
const status = (of: Workload, more: object): Workload => ({
  ...of,
  status: { ...of.status, ...more },
});

describe('rollouts', () => {
  test('recorded ones are complete', () => {
    expect(rolloutOf('deployment', deployment)).toEqual({
      missing: null,
      desired: 3,
      available: 3,
    });
    expect(rolloutOf('daemonset', daemonSet)).toEqual({ missing: null, desired: 3, available: 3 });
  });

  test('a status about an older specification does not count', () => {
    const newer = { ...deployment, metadata: { ...deployment.metadata, generation: 99 } };
    expect(rolloutOf('deployment', newer).missing).toMatch(/not seen the newest specification/);
    const { status: _, ...fresh } = daemonSet;
    expect(rolloutOf('daemonset', fresh).missing).toMatch(/not seen the newest specification/);
  });

  test('a deployment: updated, none of the old left, all available', () => {
    const missing = (more: object) => rolloutOf('deployment', status(deployment, more)).missing;
    expect(missing({ updatedReplicas: 1 })).toBe('1 of 3 replicas updated');
    expect(missing({ replicas: 4 })).toBe('1 old replicas left');
    expect(missing({ availableReplicas: 2 })).toBe('2 of 3 replicas available');
    const stuck = [{ type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded' }];
    expect(missing({ availableReplicas: 2, conditions: stuck })).toBe(
      '2 of 3 replicas available; no progress within its deadline',
    );
    const paused = {
      ...status(deployment, { updatedReplicas: 0 }),
      spec: { replicas: 3, paused: true },
    };
    expect(rolloutOf('deployment', paused).missing).toBe('0 of 3 replicas updated; it is paused');
  });

  test('one that wants nothing is complete', () => {
    const none = status(
      { ...deployment, spec: { replicas: 0 } },
      { replicas: 0, updatedReplicas: 0, availableReplicas: 0 },
    );
    expect(rolloutOf('deployment', none).missing).toBeNull();
  });

  test('a DaemonSet', () => {
    const missing = (more: object) => rolloutOf('daemonset', status(daemonSet, more)).missing;
    expect(missing({ updatedNumberScheduled: 1 })).toBe('1 of 3 pods updated');
    expect(missing({ numberAvailable: 2 })).toBe('2 of 3 pods available');
    const byHand = {
      ...status(daemonSet, { updatedNumberScheduled: 1 }),
      spec: { updateStrategy: { type: 'OnDelete' } },
    };
    expect(rolloutOf('daemonset', byHand).missing).toMatch(/OnDelete/);
  });

  test('a StatefulSet, down to its partition', () => {
    const set = (more: object, partition = 0): Workload => ({
      metadata: { name: 's', generation: 1 },
      spec: { replicas: 3, updateStrategy: { rollingUpdate: { partition } } },
      status: {
        observedGeneration: 1,
        updatedReplicas: 3,
        readyReplicas: 3,
        availableReplicas: 3,
        currentRevision: 'a',
        updateRevision: 'a',
        ...more,
      },
    });
    const missing = (more: object, partition?: number) =>
      rolloutOf('statefulset', set(more, partition)).missing;
    expect(missing({})).toBeNull();
    expect(missing({ updateRevision: 'b', updatedReplicas: 1 })).toBe('1 of 3 replicas updated');
    expect(missing({ updateRevision: 'b', updatedReplicas: 1 }, 2)).toBeNull();
    expect(missing({ readyReplicas: 2 })).toBe('2 of 3 replicas ready');
    expect(missing({ availableReplicas: 2 })).toBe('2 of 3 replicas available');
  });
});
