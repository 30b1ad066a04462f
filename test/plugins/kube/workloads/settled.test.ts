import { expect, test } from '@jest/globals';
import {
  lines,
  unsettledPods,
  unsettledWorkloads,
} from '../../../../plugins/kube/workloads/settled.js';
import { recorded } from '../fixture.js';

test('a crashing init container is found in the recorded lines, and nothing else', () => {
  expect(unsettledPods(recorded('kubectl/pods-settled.txt'))).toEqual({
    seen: 15,
    missing: ['law/sidecars is Pending (CrashLoopBackOff)'],
  });
});

test('recorded workloads have settled', () => {
  expect(unsettledWorkloads(recorded('kubectl/workloads-settled.txt'))).toEqual({
    seen: 5,
    missing: [],
  });
});

test('pods that end, wait, are not ready, or are done', () => {
  const pods = [
    'a/ending\t2026-11-24T00:00:00Z\tRunning\tTrue\t\t',
    'a/starting\t\tPending\tFalse\tContainerCreating\t',
    'a/pulling\t\tPending\tFalse\tContainerCreating ImagePullBackOff\t',
    'a/unready\t\tRunning\tFalse\t\t',
    'a/unscheduled\t\tPending\t\t\t',
    'a/done\t\tSucceeded\tFalse\t\t',
    'a/failed\t\tFailed\tFalse\t\t',
    'a/fine\t\tRunning\tTrue\t\t',
  ].join('\n');
  expect(unsettledPods(`${pods}\n`)).toEqual({
    seen: 8,
    missing: [
      'a/ending is ending',
      'a/starting is Pending (ContainerCreating)',
      'a/pulling is Pending (ImagePullBackOff)',
      'a/unready is not ready',
      'a/unscheduled is Pending',
    ],
  });
});

test('a workload that lacks replicas is named', () => {
  const status = JSON.stringify({
    observedGeneration: 2,
    replicas: 3,
    updatedReplicas: 3,
    availableReplicas: 1,
  });
  expect(unsettledWorkloads(`Deployment\ta/web\t2\t3\t\t${status}\n`).missing).toEqual([
    'deployment a/web: 1 of 3 replicas available',
  ]);
  expect(
    unsettledWorkloads('DaemonSet\ta/agent\t1\t\t{"type":"RollingUpdate"}\t\n').missing,
  ).toEqual(['daemonset a/agent: its controller has not seen the newest specification yet']);
});

test('a template is one argument with a line per item', () => {
  expect(lines(['{.kind}', '{.status}'])).toBe(
    '--output=jsonpath={range .items[*]}{.kind}{"\\t"}{.status}{"\\n"}{end}',
  );
});
