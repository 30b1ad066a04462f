import { describe, expect, test } from '@jest/globals';
import type { Condition } from '../../../plugins/kube/api/objects.js';
import { kubeNodeReady } from '../../../plugins/kube/node-ready.js';
import { laws } from '../../laws.js';
import { badNode } from './bad-node.js';
import { TimedNode } from './timed-node.js';

laws(kubeNodeReady, {
  cases: [],
  bad: [
    ...badNode,
    { title: 'a name as an address', input: { node: 'a', address: 'k8s-w0' } },
    { title: 'a time without zone', input: { node: 'a', since: '2026-11-24 10:00' } },
  ],
});

class Node extends TimedNode {
  check(since?: string, address?: string): Promise<string | null> {
    const input = kubeNodeReady.input.parse({ node: 'n', since, address });
    return kubeNodeReady.check(this.context, input).then(({ drift }) => drift);
  }
}

describe('whether a node is ready', () => {
  test('with the address that it must have', async () => {
    const node = new Node();
    expect(await node.check(undefined, '10.0.0.1')).toBe(
      'n has the internal address none, not 10.0.0.1',
    );
    node.address = '10.0.0.1';
    expect(await node.check(undefined, '10.0.0.1')).toBeNull();
  });

  test('when its lease is renewed while we look', async () => {
    const node = new Node();
    expect(await node.check()).toBeNull();
    expect(node.ms - Date.parse('2026-11-24T10:00:00Z')).toBeLessThanOrEqual(10_000);
  });

  test('not when a dead kubelet said so last', async () => {
    const node = new Node();
    node.alive = false;
    node.lastRenewal = Date.parse('2026-11-24T09:59:58Z');
    expect(await node.check()).toBe(
      'n is called Ready, but its kubelet does not renew its lease: last renewed 2026-11-24T09:59:58.000Z',
    );
  });

  test('not when it is not called so, or is not there: at once', async () => {
    const node = new Node();
    node.ready = {
      type: 'Ready',
      status: 'Unknown',
      reason: 'NodeStatusUnknown',
      message: 'silent',
    };
    expect(await node.check()).toBe('n is unknown (NodeStatusUnknown: silent)');
    node.ready = null;
    expect(await node.check()).toBe('there is no node n');
    expect(node.ms).toBe(Date.parse('2026-11-24T10:00:00Z'));
  });

  test.each([
    ['clocks that agree', 0],
    ['a clock an hour ahead', 3_600_000],
    ['a clock an hour behind', -3_600_000],
  ])('with since, only a report of this boot counts: %s', async (_, ahead) => {
    const node = new Node();
    node.ahead = ahead;
    const reported = (at: string): Condition => ({
      type: 'Ready',
      status: 'True',
      lastHeartbeatTime: new Date(Date.parse(at) + ahead).toISOString(),
    });
    node.ready = reported('2026-11-24T09:59:30Z');
    expect(await node.check('2026-11-24T09:59:50Z')).toMatch(
      /by a report from .*, before 2026-11-24T09:59:50Z/,
    );
    node.ready = reported('2026-11-24T09:59:55Z');
    expect(await node.check('2026-11-24T09:59:50Z')).toBeNull();
  });
});
