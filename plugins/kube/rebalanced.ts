import { z } from 'zod';
import { defineAction, type ActionContext } from '../../core/action.js';
import { PermanentError } from '../../core/errors.js';
import { excerpt } from '../../core/excerpt.js';
import { list } from './api/kubectl.js';
import { conditionOf, nameOf, type Node, type Pod } from './api/objects.js';
import { count } from './listing.js';
import { labelSelector, namespaceName } from './names.js';
import { drainable, isEnding } from './pods/drainable.js';
import { evict } from './pods/eviction.js';
import { spreadOf, type Spread } from './pods/spread.js';

const inputSchema = z.strictObject({
  namespace: namespaceName.default('default').describe('Namespace of the pods.'),
  selector: labelSelector.describe('Labels of the pods, such as app=webpod.'),
  maxSkew: z
    .int()
    .min(1)
    .max(1000)
    .default(1)
    .describe('How many more pods the fullest node may have than the emptiest.'),
  maxEvictions: z
    .int()
    .min(1)
    .max(100)
    .default(10)
    .describe('Pods that may be evicted in all; then the scheduler has its reasons.'),
});
type Input = z.output<typeof inputSchema>;

interface Situation {
  readonly pods: readonly Pod[];
  readonly spread: Spread;
}

async function look({ target }: ActionContext, input: Input): Promise<Situation> {
  const options = [`--namespace=${input.namespace}`, `--selector=${input.selector}`];
  const pods = await list<Pod>(target, 'pods', options);
  return { pods, spread: spreadOf(pods, await list<Node>(target, 'nodes', [])) };
}

function isReady(pod: Pod): boolean {
  return !isEnding(pod) && conditionOf(pod, 'Ready')?.status === 'True';
}

/** What is missing, as text; null: nothing. */
function missing({ pods, spread }: Situation, input: Input): string | null {
  const parts: string[] = [];
  const standing = pods.filter((pod) => !isEnding(pod));
  if (standing.length === 0) parts.push(`no pods with ${input.selector} in ${input.namespace}`);
  if (spread.unplaced > 0) parts.push(`${count(spread.unplaced, 'pod')} on no node`);
  if (spread.skew > input.maxSkew) {
    const shown = Object.entries(spread.counts).map(([node, pods]) => `${node} ${pods}`);
    parts.push(`${shown.sort().join(', ')}: ${spread.skew} apart, ${input.maxSkew} allowed`);
  }
  return parts.length === 0 ? null : parts.join('; ');
}

function refused(ctx: ActionContext, why: string, hint: string): PermanentError {
  return new PermanentError('refused', `${ctx.target.name}: ${why}`, { hint });
}

/** A pod of the fullest node. @throws PermanentError `refused` where evicting it would leave nobody to serve. */
function chosen(ctx: ActionContext, { pods, spread }: Situation): Pod {
  const [fullest] = Object.entries(spread.counts).reduce((a, b) => (b[1] > a[1] ? b : a), ['', 0]);
  const on = drainable(pods.filter(({ spec }) => spec.nodeName === fullest));
  const pod = on.pods.filter((one) => !isEnding(one) && !on.unmanaged.includes(one)).at(-1);
  if (pod === undefined) {
    throw refused(
      ctx,
      `no pod on ${fullest === '' ? 'any node' : fullest} has a controller that would make it anew elsewhere`,
      'Correct the selector; move bare pods by hand.',
    );
  }
  if (pods.filter(isReady).length < 2) {
    throw refused(
      ctx,
      `${nameOf(pod)} is the only one that is ready: without it nobody serves`,
      'Give the workload two replicas first.',
    );
  }
  return pod;
}

const lookMs = 1000;
const retryMs = 5000;

/** Waits until every pod is ready again, and none is ending. */
async function settled(ctx: ActionContext, input: Input, ready: number): Promise<void> {
  for (;;) {
    const { pods } = await look(ctx, input);
    const now = pods.filter(isReady).length;
    const ending = pods.filter(isEnding).length;
    if (now >= ready && ending === 0) return;
    ctx.report(`${now} of ${ready} pods ready, ${ending} ending`);
    await ctx.sleep(lookMs);
  }
}

/** Pods moved until they are spread evenly. */
export const kubeRebalanced = defineAction({
  name: 'kube.rebalanced',
  summary: 'Evicts pods one by one from the fullest node until they are spread evenly.',
  impact: 'disrupt',
  on: 'cluster',
  slow: true,
  timeout: '15m',
  settle: { timeout: '2m', every: '2s' },
  input: inputSchema,
  output: z.strictObject({
    skew: z.int().describe('How many more pods the fullest node has than the emptiest.'),
  }),
  resource: ({ namespace, selector }) => `pods/${namespace}/${selector}/spread`,
  async check(ctx, input) {
    const situation = await look(ctx, input);
    const drift = missing(situation, input);
    return {
      before: null,
      drift: drift === null ? null : excerpt(drift, 256),
      output: { skew: situation.spread.skew },
    };
  },
  async apply(ctx, input) {
    for (let evicted = 0; ;) {
      const situation = await look(ctx, input);
      // What is on its way decides where the next one goes: also after a crash in the middle.
      const ready = situation.pods.filter((pod) => !isEnding(pod)).length;
      await settled(ctx, input, ready);
      const now = await look(ctx, input);
      if (missing(now, input) === null) return;
      if (evicted >= input.maxEvictions) {
        throw new PermanentError(
          'not-settled',
          `${ctx.target.name}: after ${count(evicted, 'eviction')} still ${missing(now, input) ?? ''}`,
          {
            hint: 'The scheduler puts them back: look at affinity, spread constraints, and the room on the nodes.',
          },
        );
      }
      const pod = chosen(ctx, now);
      ctx.report(`evicting ${nameOf(pod)} from ${pod.spec.nodeName ?? 'no node'}`);
      const answer = await evict(ctx.target, pod);
      if (answer.kind === 'impossible') {
        throw refused(
          ctx,
          `${nameOf(pod)} cannot be evicted: ${answer.message}`,
          'See its budgets.',
        );
      }
      if (answer.kind === 'refused') {
        ctx.report(`${nameOf(pod)}: ${answer.message}`);
        await ctx.sleep(retryMs);
        continue;
      }
      evicted += 1;
    }
  },
  undo: 'nothing',
  examples: [
    { title: 'The web pods, after a maintenance', input: { selector: 'app=webpod' } },
    {
      title: 'At most three moves',
      input: { namespace: 'web', selector: 'app=front', maxEvictions: 3 },
    },
  ],
  notes: `After a node was away its pods stay where they went: the scheduler places a pod once. Scaling to 0 and
back moves them too, and ends the service meanwhile. Here one pod of the fullest node is evicted at a
time, by the eviction API, and the next one only when as many are ready again and none is ending.

- A disruption budget that allows no eviction is waited for, within the step's \`timeout\`.
- Where only one pod is ready nothing is evicted: there must be another one that serves meanwhile.
- Nodes that are cordoned, not ready, or that these pods may not be placed on, count as no gap.
- Where the new pod lands is the scheduler's decision; a preferred anti-affinity or a spread constraint
  makes it the emptiest node. When it does not, the step gives up after \`maxEvictions\`.
- Undo has nothing to put back.`,
});
