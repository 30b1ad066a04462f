import type { ActionContext } from '../../../core/action.js';
import { milliseconds } from '../../../core/duration.js';
import type { CommandResult } from '../../../core/target.js';
import type { Condition } from '../../../plugins/kube/api/objects.js';

/** A node in time, of which one sets what it says at a time; its clock is `ahead` of the worker's, ms. */
export class TimedNode {
  ready: Condition | null = { type: 'Ready', status: 'True', reason: 'KubeletReady', message: '' };
  /** When the kubelet lives: it renews every 10 s of its own clock. */
  alive = true;
  ahead = 0;
  lastRenewal = 0;
  address: string | null = null;
  /** Words on standard error of an API that does not answer; null where it does. */
  silent: string | null = null;
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

  #answer(args: readonly string[]): CommandResult {
    if (this.silent !== null) {
      return { exitCode: 1, stdout: '', stderr: this.silent, truncated: false, durationMs: 1 };
    }
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
    const addresses = this.address === null ? [] : [{ type: 'InternalIP', address: this.address }];
    return { metadata: { name: 'n' }, spec: {}, status: { conditions: [this.ready], addresses } };
  }
}
