import { describe, expect, test } from '@jest/globals';
import { PermanentError } from '../../../../core/errors.js';
import { ask, forEach, tell } from '../../../../plugins/cilium/agent/ask.js';
import {
  degradedModules,
  parseDegraded,
  parseStatus,
} from '../../../../plugins/cilium/agent/health.js';
import { parseAgents } from '../../../../plugins/cilium/agent/pods.js';
import { captured, capturedJson, items } from '../captures.js';
import { fakeCluster } from '../../kube/fake-kubectl.js';

const pods = items('agent-pods.json') as Parameters<typeof parseAgents>[0];

describe('the pods of the agents', () => {
  test('are found by node, with the start of the container of this boot', () => {
    const agents = parseAgents(pods);
    expect([...agents.keys()].sort()).toEqual(['k8s-ctr', 'k8s-w0', 'k8s-w1']);
    expect(agents.get('k8s-w0')).toEqual({
      node: 'k8s-w0',
      namespace: 'kube-system',
      pod: 'cilium-24ql9',
      uid: '',
      createdAt: null,
      template: '84f8f9c575',
      ready: true,
      startedAt: '2026-11-23T18:46:01Z',
      restarts: 2,
      image: null,
    });
  });

  test('one that is on its way out is not the agent', () => {
    const [first, ...others] = pods;
    if (first === undefined) throw new Error('no pods');
    const leaving = {
      ...first,
      metadata: { ...first.metadata, deletionTimestamp: '2026-11-23T19:00:00Z' },
    };
    expect(parseAgents([leaving, ...others]).has(first.spec.nodeName ?? '')).toBe(false);
  });

  test('a container that waits has no start', () => {
    const [first] = pods;
    const status = {
      containerStatuses: [{ name: 'cilium-agent', state: {}, restartCount: 4 }],
    };
    const [agent] = parseAgents([{ ...first!, status }]).values();
    expect(agent).toMatchObject({ ready: false, startedAt: null, restarts: 4, image: null });
  });
});

describe('what an agent says of itself', () => {
  test('all is well', () => {
    expect(parseStatus(capturedJson('status.json'))).toBeNull();
    expect(parseDegraded(capturedJson('metrics.json'))).toBe(0);
    expect(degradedModules(captured('modules-health.txt'))).toEqual([]);
  });

  test('a part that fails is named', () => {
    const status = {
      ...(capturedJson('status.json') as object),
      kubernetes: { state: 'Failure', msg: 'x' },
    };
    expect(parseStatus(status)).toBe('kubernetes is Failure: x');
  });

  test('a kernel without geneve: the status is Ok, the module is not', () => {
    expect(parseDegraded(capturedJson('metrics-degraded.json'))).toBe(1);
    expect(degradedModules(captured('modules-health-geneve-missing.txt'))).toEqual([
      'orchestrator/job-reinitialize: Failed to reinitialize datapath',
    ]);
  });

  test('a version that does not count modules is told apart from one that counts none', () => {
    expect(parseDegraded([{ name: 'cilium_errors_warnings_total', value: 1 }])).toBeNull();
  });

  test('anything else is refused', () => {
    expect(() => parseStatus({})).toThrow(TypeError);
    expect(() => parseDegraded({})).toThrow(TypeError);
  });
});

describe('asking an agent', () => {
  const agent = {
    node: 'k8s-w0',
    namespace: 'kube-system',
    pod: 'cilium-24ql9',
    uid: '',
    createdAt: null,
    template: null,
    ready: true,
    startedAt: null,
    restarts: 0,
    image: null,
  };

  test('goes into its container, by arguments', async () => {
    const { cluster, calls } = fakeCluster(() => '[]');
    expect(await ask(cluster, agent, ['bgp', 'peers'], (answer) => answer)).toEqual({ told: [] });
    expect(calls).toEqual([
      'kubectl exec --namespace=kube-system cilium-24ql9 --container=cilium-agent -- cilium-dbg bgp peers -o json',
    ]);
  });

  test.each([
    [
      {
        exitCode: 1,
        stderr:
          'error: Internal error occurred: unable to upgrade connection: pod does not exist\n',
      },
      'unable to upgrade connection: pod does not exist',
    ],
    [null, 'no answer in 15s'],
    ['not json', /^an answer that cannot be read: /],
  ])('no answer is none, and never an empty one', async (reply, silence) => {
    const { cluster } = fakeCluster(() => reply);
    const answer = await ask(cluster, agent, ['status'], (value) => value);
    expect(answer).toEqual({
      silence: typeof silence === 'string' ? silence : expect.stringMatching(silence),
    });
  });

  test('not to be allowed to ask is another matter', async () => {
    const { cluster } = fakeCluster(() => '');
    const denied = {
      ...cluster,
      run: () => Promise.reject(new PermanentError('login-failed', 'no')),
    };
    await expect(tell(denied, agent, ['status'])).rejects.toMatchObject({ code: 'login-failed' });
  });

  test('many are asked eight at a time, and answer in order', async () => {
    let busy = 0;
    let most = 0;
    const results = await forEach(
      Array.from({ length: 30 }, (_, index) => index),
      async (index) => {
        busy += 1;
        most = Math.max(most, busy);
        await new Promise((resolve) => setTimeout(resolve, index % 3));
        busy -= 1;
        return index * 2;
      },
    );
    expect(results).toEqual(Array.from({ length: 30 }, (_, index) => index * 2));
    expect(most).toBe(8);
  });
});
