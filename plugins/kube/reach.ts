import { z } from 'zod';
import { defineAction, duration, targetName, type ActionContext } from '../../core/action.js';
import { RunbookError } from '../../core/errors.js';
import { excerpt, fitting, plainText } from '../../core/excerpt.js';
import { list } from './api/kubectl.js';
import { conditionOf, type Pod } from './api/objects.js';
import { count, listing } from './listing.js';
import { labelSelector, namespaceName } from './names.js';
import { isEnding } from './pods/drainable.js';
import { curlConfig, parseCalls, reachScript, type Call } from './reach/calls.js';
import { pairsOf, within } from './reach/pairs.js';

const inputSchema = z.strictObject({
  hosts: z
    .array(targetName('host'))
    .min(1)
    .max(64)
    .describe('Nodes whose pods ask: hosts of the inventory that are called like their nodes.'),
  namespace: namespaceName.default('default').describe('Namespace of the pods.'),
  selector: labelSelector.describe('Labels of the pods that ask, such as app=webpod.'),
  to: labelSelector
    .optional()
    .describe('Labels of the pods that are asked; the same pods unless told.'),
  minPods: z.int().min(1).default(1).describe('The fewest pods that must be ready to ask.'),
  port: z.int().min(1).max(65_535).default(80).describe('Port on which pods are asked.'),
  urls: z
    .array(
      z
        .string()
        .max(512)
        .regex(/^https?:\/\/[^\s\p{Cc}"\\]+$/iu, 'write a URL with http:// or https://')
        .refine((url) => URL.canParse(url), 'not a URL'),
    )
    .max(16)
    .default([])
    .describe('Services that every pod asks as well, by address or by name of the nodes.'),
  calls: z.int().min(1).max(50).default(1).describe('Calls from each pod to each address.'),
  maxLost: z.int().min(0).default(0).describe('Calls that may be lost in all.'),
  timeout: duration()
    .prefault('1s')
    .refine((ms) => ms >= 50 && ms <= 30_000, 'between 50ms and 30s')
    .describe('The longest that one call may take.'),
  every: duration()
    .prefault('2s')
    .refine((ms) => ms >= 500 && ms <= 3_600_000, 'between 500ms and 1h')
    .describe('As a probe: time from one round of calls to the next.'),
});
type Input = z.output<typeof inputSchema>;

const pair = z.strictObject({
  from: z.string().describe('Pod that asked.'),
  to: z.string().describe('Pod or URL that was asked.'),
  lost: z.int().describe('Calls that were lost.'),
  ms: z.int().nullable().describe('Slowest answered call in ms; null where none was answered.'),
});

function isServing(pod: Pod): boolean {
  return !isEnding(pod) && conditionOf(pod, 'Ready')?.status === 'True';
}

function podsOf(ctx: ActionContext, { namespace }: Input, selector: string) {
  const options = [`--namespace=${namespace}`, `--selector=${selector}`];
  return list<Pod>(ctx.target, 'pods', options);
}

/** Where a pod is asked. */
function urlOf(pod: Pod, port: number): string | null {
  const ip = pod.status?.podIP;
  if (ip === undefined || ip === '') return null;
  return `http://${ip.includes(':') ? `[${ip}]` : ip}:${port}/`;
}

interface Asked {
  readonly calls: readonly Call[];
  readonly absent: readonly string[];
}

/** All calls of the pods of one node. */
async function askFrom(
  ctx: ActionContext,
  host: string,
  uids: readonly string[],
  urls: readonly string[],
  input: Input,
): Promise<Asked> {
  const node = ctx.on(host);
  const { stdout } = await node.run('sh', ['-c', reachScript, 'reach', uids.join(' ')], {
    sudo: true,
    input: curlConfig(urls, input.calls, input.timeout),
    timeout: 15_000 + uids.length * (input.timeout + 1000),
    log: 'quiet',
    failure: 'check-failed',
  });
  try {
    return parseCalls(stdout);
  } catch (error) {
    const told = excerpt(plainText(stdout), 200);
    throw new RunbookError('check-failed', `${host}: curl cannot be understood: ${told}`, {
      cause: error,
      hint: 'nsenter, and curl 7.75 or newer, are needed on the nodes.',
    });
  }
}

/** Whether pods reach pods and services. */
export const kubeReach = defineAction({
  name: 'kube.reach',
  summary: 'Calls pods and services out of the networks of pods: loss and latency per pair.',
  impact: 'read',
  on: 'cluster',
  slow: true,
  input: inputSchema,
  output: z.strictObject({
    pods: z.int().describe('Pods that were ready to ask.'),
    calls: z.int().describe('Calls made.'),
    lost: z.int().describe('Calls that were not answered.'),
    p50Ms: z.int().nullable().describe('Half of the answered calls took at most this, in ms.'),
    p99Ms: z.int().nullable().describe('99 % of the answered calls took at most this, in ms.'),
    pairs: z.array(pair).describe('Loss and latency per pair, the worst first; as many as fit.'),
    more: z.int().describe('Pairs that are left out.'),
  }),
  settle: { timeout: '60s', every: '2s' },
  every: ({ every }) => every,
  tookMs: ({ p99Ms }) => p99Ms,
  async check(ctx, input) {
    const { selector, to = selector, hosts, port, urls } = input;
    const askers = (await podsOf(ctx, input, selector)).filter(isServing);
    const asked = to === selector ? askers : (await podsOf(ctx, input, to)).filter(isServing);
    const nameOfUrl = new Map(
      asked.flatMap((pod) => {
        const url = urlOf(pod, port);
        return url === null ? [] : [[url, pod.metadata.name] as const];
      }),
    );
    const targets = [...nameOfUrl.keys(), ...urls];
    const from = (host: string): string[] =>
      askers.filter(({ spec }) => spec.nodeName === host).map((pod) => pod.metadata.uid ?? '');
    const ready = [...new Set(hosts)].reduce((sum, host) => sum + from(host).length, 0);
    const results = await Promise.all(
      [...new Set(hosts)]
        .filter((host) => from(host).length > 0 && targets.length > 0)
        .map((host) => askFrom(ctx, host, from(host), targets, input)),
    );
    const calls = results.flatMap((one) => one.calls);
    const nameOfPod = new Map(askers.map(({ metadata }) => [metadata.uid ?? '', metadata.name]));
    const pairs = pairsOf(calls, nameOfPod, nameOfUrl);
    const lost = pairs.reduce((sum, one) => sum + one.lost, 0);
    const drift: string[] = [];
    if (ready < input.minPods) {
      const found = `${count(ready, 'pod')} of ${input.minPods}`;
      drift.push(`${found} with ${selector} ready on these nodes`);
    } else if (targets.length === 0) drift.push(`no pod with ${to} to ask`);
    const gone = results.flatMap(({ absent }) => absent.map((uid) => nameOfPod.get(uid) ?? uid));
    if (gone.length > 0) drift.push(`no process of ${listing(gone)} on its node`);
    if (lost > input.maxLost) {
      const worst = pairs.filter((one) => one.lost > 0);
      const told = worst.slice(0, 2).map((one) => `${one.from} → ${one.to} (${one.why ?? '?'})`);
      const broken = `${count(worst.length, 'pair')}: ${told.join(', ')}`;
      drift.push(`${lost} of ${count(calls.length, 'call')} lost, ${broken}`);
    }
    const { kept, more } = fitting(
      pairs.map((one) => ({ from: one.from, to: one.to, lost: one.lost, ms: one.ms })),
      860,
    );
    return {
      before: null,
      drift: drift.length === 0 ? null : excerpt(drift.join('; '), 256),
      output: {
        pods: ready,
        calls: calls.length,
        lost,
        p50Ms: within(calls, 0.5),
        p99Ms: within(calls, 0.99),
        pairs: kept,
        more,
      },
    };
  },
  examples: [
    {
      title: 'Every web pod reaches every web pod, and the service',
      input: {
        hosts: ['k8s-ctr', 'k8s-w0', 'k8s-w1'],
        selector: 'app=webpod',
        urls: ['http://172.16.1.1/'],
        calls: 5,
      },
    },
    {
      title: 'As a probe beside a maintenance, once a second',
      input: { hosts: ['k8s-w0', 'k8s-w1'], selector: 'app=webpod', every: '1s' },
    },
  ],
  notes: `BGP that is established, and routes that are installed, prove no packet. So every pod asks: each
that is ready and runs on one of \`hosts\` calls each pod of \`to\` (itself too, the short way) and each
of \`urls\`, with a new connection per call.

- Nothing is needed in the pod, no shell and no curl: the calls are made on its node, in the pod's own
  network namespace (\`nsenter\`, as root), which is found by the pod's uid among the control groups.
- Names are resolved as on the node, not as in the pod: ask services by their address.
- All calls of a pod are made at the same time: latency is that of a small burst, name resolution and
  start of curl not included.
- An answer of any HTTP status counts as reached; a refused connection or none in time as lost.
- Pods that are on none of \`hosts\` are asked, and do not ask. A pod that is not ready does neither, and
  is no loss: tell with \`minPods\` how many there must be.
- As a probe one round counts as one call; its latency is the 99th percentile of the round.`,
});
