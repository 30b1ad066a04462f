import { describe, expect, test } from '@jest/globals';
import type { ActionContext } from '../../../core/action.js';
import { milliseconds } from '../../../core/duration.js';
import type { CommandResult } from '../../../core/target.js';
import type { Condition } from '../../../plugins/kube/api/objects.js';
import { kubeNodeReady } from '../../../plugins/kube/node-ready.js';
import { laws } from '../../laws.js';
import { badNode } from './bad-node.js';

laws(kubeNodeReady, {
  cases: [],
  bad: [
    ...badNode,
    { title: 'a time without zone', input: { node: 'a', since: '2026-11-24 10:00' } },
  ],
});

/** A node of which one sets what it says at a time; its clock is `ahead` of the worker's, ms. */
class Node {
  ready: Condition | null = { type: 'Ready', status: 'True', reason: 'KubeletReady', message: '' };
  /** When the kubelet lives: it renews every 10 s of its own clock. */
  alive = true;
  ahead = 0;
  lastRenewal = 0;
  ms = Date.parse('2026-11-24T10:00:00Z');

  readonly context: ActionContext = {
    target: {
      name: 'lab',
      kind: 'cluster',
      cluster: 'lab',
      address: null,
      vars: {},
      run: (_, args) => Promise.resolve(this.#answer(args)),
      json: () => Promise.reject(new Error('not used')),
    },
    on: () => {
      throw new Error('not used');
    },
    run: { id: 'r', step: 's', startedAt: '', user: '' },
    secrets: [],
    signal: new AbortController().signal,
    sleep: (duration) => {
      this.ms += milliseconds(duration);
      return Promise.resolve();
    },
    now: () => new Date(this.ms),
    report: () => undefined,
  };

  check(since?: string): Promise<string | null> {
    const input = kubeNodeReady.input.parse({ node: 'n', since });
    return kubeNodeReady.check(this.context, input).then(({ drift }) => drift);
  }

  #answer(args: readonly string[]): CommandResult {
    const object = args[1] === 'lease' ? this.#lease() : this.#node();
    const stdout = object === null ? '' : JSON.stringify(object);
    return { exitCode: 0, stdout, stderr: '', truncated: false, durationMs: 1 };
  }

  #lease(): object {
    const own = this.ms + this.ahead;
    if (this.alive) this.lastRenewal = own - (own % 10_000);
    const renewTime = new Date(this.lastRenewal).toISOString();
    return { metadata: { name: 'n' }, spec: { renewTime, leaseDurationSeconds: 40 } };
  }

  #node(): object | null {
    if (this.ready === null) return null;
    return { metadata: { name: 'n' }, spec: {}, status: { conditions: [this.ready] } };
  }
}

describe('whether a node is ready', () => {
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
