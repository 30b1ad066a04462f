import { describe, expect, test } from '@jest/globals';
import type { Target } from '../../../core/target.js';
import type { Pod } from '../../../plugins/kube/api/objects.js';
import { kubeReach } from '../../../plugins/kube/reach.js';
import { curlConfig, parseCalls } from '../../../plugins/kube/reach/calls.js';
import { attempt } from '../../laws/attempt.js';
import { laws, type LawCase } from '../../laws.js';
import { captured, type Script } from './captured-cluster.js';
import { recordedItems } from './fixture.js';

const pods = recordedItems<Pod>('kubectl/pods.json').filter(
  ({ metadata }) => metadata.labels?.['app'] === 'webpod',
);
const script: Script = [['get pods --namespace=default --selector=app=webpod ', { items: pods }]];
const hosts = ['k8s-ctr', 'k8s-w0', 'k8s-w1'];
const url = 'http://172.16.1.1/';

/** As curl 7.88 writes it. */
function line(asked: string, failure: string | null): string {
  return JSON.stringify({
    errormsg: failure,
    exitcode: failure === null ? 0 : 28,
    http_code: failure === null ? 200 : 0,
    time_total: 0.010032,
    url: asked,
  });
}

/** A node that calls what it is told to, and loses the calls to some addresses. */
function node(name: string, lost: readonly string[], process = '4711'): Target {
  return {
    name,
    kind: 'host',
    cluster: 'lab',
    address: null,
    vars: {},
    json: () => Promise.reject(new Error('not used')),
    run: (_, args, options = {}) => {
      const urls = [...String(options.input).matchAll(/^url = "(.*)"$/gm)].map(
        ([, one]) => one ?? '',
      );
      const out = (args[3] ?? '')
        .split(' ')
        .flatMap((uid) => [
          `pod ${uid} ${process}`,
          ...(process === '-'
            ? []
            : urls.map((one) =>
                line(
                  one,
                  lost.some((each) => one.includes(each)) ? 'timed out after 1001 ms' : null,
                ),
              )),
        ]);
      const stdout = `${out.join('\n')}\n`;
      return Promise.resolve({ exitCode: 0, stdout, stderr: '', truncated: false, durationMs: 1 });
    },
  };
}

function world(input: object, lost: readonly string[] = [], process?: string) {
  return {
    target: captured(script).cluster,
    on: Object.fromEntries(hosts.map((name) => [name, node(name, lost, process)])),
    input: { hosts, selector: 'app=webpod', ...input },
    cleanup: () => Promise.resolve(),
  };
}

function situation(
  title: string,
  input: object,
  finds: NonNullable<LawCase['finds']>,
  lost?: readonly string[],
  process?: string,
): LawCase {
  return { title, finds, arrange: () => Promise.resolve(world(input, lost, process)) };
}

laws(kubeReach, {
  cases: [
    situation('everything is reached', { urls: [url], calls: 3 }, 'nothing'),
    situation('one pod is not', {}, 'drift', ['172.20.1.93']),
    situation('one pod is not, as allowed', { maxLost: 3 }, 'nothing', ['172.20.1.93']),
    situation('a pod without a process', {}, 'drift', [], '-'),
    situation('as many pods as must be', { minPods: 3 }, 'nothing'),
    situation('fewer pods than must be', { minPods: 4 }, 'drift'),
    situation('no pod on these nodes', { hosts: ['k8s-w9'] }, 'drift'),
  ],
  bad: [
    { title: 'no hosts', input: { hosts: [], selector: 'a=b' } },
    {
      title: 'a quote in a URL',
      input: { hosts, selector: 'a=b', urls: ['http://a/"\noutput=x'] },
    },
    { title: 'another protocol', input: { hosts, selector: 'a=b', urls: ['file:///etc/passwd'] } },
    { title: 'no selector', input: { hosts } },
    { title: 'no pod needed', input: { hosts, selector: 'a=b', minPods: 0 } },
  ],
});

describe('calls from every pod to every pod', () => {
  test('the worst pair first, and why', async () => {
    const { drift, output } = await attempt(
      kubeReach,
      world({ urls: [url] }, ['172.20.1.93']),
    ).check();
    expect(drift).toBe(
      '3 of 12 calls lost, 3 pairs: webpod-ff5b4c558-5tfrp → webpod-ff5b4c558-jq92p (no answer in time), ' +
        'webpod-ff5b4c558-jq92p → webpod-ff5b4c558-jq92p (no answer in time)',
    );
    expect(output).toMatchObject({ pods: 3, calls: 12, lost: 3, p50Ms: 10, p99Ms: 10 });
    const { pairs, more } = output as { pairs: { to: string; lost: number }[]; more: number };
    expect(pairs.length + more).toBe(12);
    expect(pairs.slice(0, 4).map(({ lost }) => lost)).toEqual([1, 1, 1, 0]);
    expect(JSON.stringify(output).length).toBeLessThanOrEqual(1024);
  });

  test('pods that are not ready do not ask: how many are missing is told, though no call is lost', async () => {
    const notReady = pods.map((pod, at) =>
      at === 0 ? { ...pod, status: { ...pod.status, conditions: [] } } : pod,
    );
    const cluster = captured([[script[0]?.[0] ?? '', { items: notReady }]]).cluster;
    const found = await attempt(kubeReach, { ...world({ minPods: 3 }), target: cluster }).check();
    expect(found.drift).toBe('2 pods of 3 with app=webpod ready on these nodes');
    expect(found.output).toMatchObject({ pods: 2, calls: 4, lost: 0 });
  });

  test('as a probe, a round takes as long as its slowest calls', () => {
    const output = { pods: 1, calls: 1, lost: 0, p50Ms: 4, p99Ms: 9, pairs: [], more: 0 };
    expect(kubeReach.tookMs?.(output)).toBe(9);
    expect(kubeReach.every?.(kubeReach.input.parse({ hosts, selector: 'a=b' }))).toBe(2000);
  });

  test('each call has a place for its answer, and a connection of its own', () => {
    const config = curlConfig(['http://a/', 'http://b/'], 2, 1500).split('\n');
    expect(config.filter((one) => one === 'output = "/dev/null"')).toHaveLength(4);
    expect(config.filter((one) => one === 'url = "http://b/"')).toHaveLength(2);
    expect(config).toContain('max-time = 1.5');
    expect(config).toContain('header = "Connection: close"');
  });

  test('what curl did not write is not taken for calls', () => {
    expect(() => parseCalls('{"url":"http://a/"}')).toThrow(TypeError);
    expect(() => parseCalls('pod u 1\nnot json')).toThrow(SyntaxError);
    expect(parseCalls('pod u -\npod v 2\n')).toEqual({ calls: [], absent: ['u'] });
  });
});
