import { describe, expect, test } from '@jest/globals';
import type { ActionContext } from '../../../core/action.js';
import type { CommandResult, Target } from '../../../core/target.js';
import { skew } from '../../../plugins/kubeadm/joinable/probes.js';
import { kubeadmJoinable } from '../../../plugins/kubeadm/joinable.js';
import { laws } from '../../laws.js';

// Beside real machines: test/lab/rejoin-node.test.ts.
laws(kubeadmJoinable, {
  cases: [],
  bad: [
    { title: 'no control plane', input: {} },
    { title: 'a skew without unit', input: { controlPlane: 'c', maxClockSkew: '300' } },
    { title: 'an unknown field', input: { controlPlane: 'c', token: 'abcdef.0123456789abcdef' } },
  ],
});

/** What a machine of a cluster says. */
interface Facts {
  readonly reachable: boolean;
  /** Its clock beside that of the control plane, ms. */
  readonly ahead: number;
  readonly kubelet: string;
  readonly marks: string;
}

const well: Facts = { reachable: true, ahead: 0, kubelet: 'v1.33.2', marks: '' };

function host(name: string, say: (command: string, args: readonly string[]) => string | number) {
  const run = (command: string, args: readonly string[]): Promise<CommandResult> => {
    const said = say(command, args);
    const [exitCode, stdout] = typeof said === 'number' ? [said, ''] : [0, said];
    return Promise.resolve({ exitCode, stdout, stderr: '', truncated: false, durationMs: 1 });
  };
  const target: Target = {
    name,
    kind: 'host',
    cluster: 'lab',
    address: null,
    vars: {},
    run,
    json: async <T>(command: string, args: readonly string[]) =>
      JSON.parse((await run(command, args)).stdout) as T,
  };
  return target;
}

const noon = Date.parse('2026-11-24T12:00:00Z');

async function check(more: Partial<Facts>, asked: string[][] = []) {
  const facts = { ...well, ...more };
  const control = host('k8s-ctr', (command, args) => {
    if (command === 'date') return `${noon}\n`;
    if (args.includes('view')) {
      return '{"clusters":[{"cluster":{"server":"https://[fd00::1]:6443"}}]}';
    }
    return '{"serverVersion":{"gitVersion":"v1.33.2"}}';
  });
  const node = host('k8s-w0', (command, args) => {
    if (command === 'date') return `${noon + facts.ahead}\n`;
    if (command === 'kubelet') return `Kubernetes ${facts.kubelet}\n`;
    if (command === 'sh') return facts.marks;
    asked.push([command, ...args]);
    return facts.reachable ? '' : 124;
  });
  const input = kubeadmJoinable.input.parse({ controlPlane: 'k8s-ctr' });
  return kubeadmJoinable.check(
    { target: node, on: () => control } as unknown as ActionContext,
    input,
  );
}

describe('whether a machine could join', () => {
  test('one that is well', async () => {
    const asked: string[][] = [];
    expect(await check({}, asked)).toEqual({
      before: null,
      drift: null,
      output: {
        endpoint: '[fd00::1]:6443',
        reachable: true,
        clockAheadMs: 0,
        kubelet: 'v1.33.2',
        api: 'v1.33.2',
      },
    });
    expect(asked[0]?.slice(-2)).toEqual(['fd00::1', '6443']);
  });

  test.each([
    ['no way', { reachable: false }, 'it does not reach the API at [fd00::1]:6443'],
    ['a clock ahead', { ahead: 600_000 }, 'its clock is 10m00s ahead of that of k8s-ctr'],
    ['a clock behind', { ahead: -301_000 }, 'its clock is 5m01s behind that of k8s-ctr'],
    ['a clock nearly right', { ahead: 4000 }, null],
    ['a control plane', { marks: 'manifests/kube-apiserver.yaml\n' }, 'it has a control plane'],
    [
      'a newer kubelet',
      { kubelet: 'v1.34.0' },
      'its kubelet v1.34.0 is newer than the API server v1.33.2',
    ],
  ])('%s', async (_, facts, why) => {
    expect((await check(facts)).drift).toBe(why === null ? null : `k8s-w0: ${why}`);
  });

  test('versions', () => {
    expect(skew('v1.30.1', 'v1.33.2')).toBeNull();
    expect(skew('v1.29.9', 'v1.33.2')).toContain('too old');
    expect(skew('Kubernetes', 'v1.33.2')).toContain('cannot be compared');
  });
});
