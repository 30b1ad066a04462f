import { z } from 'zod';
import { defineAction, type ActionContext } from '../../core/action.js';
import { isRunbookError } from '../../core/errors.js';
import { excerpt } from '../../core/excerpt.js';
import { find } from './api/kubectl.js';
import type { Node } from './api/objects.js';
import { nodeName } from './names.js';
import { renewalOf } from './nodes/lease.js';
import { unreadiness } from './nodes/ready.js';

interface Seen {
  /** What speaks against its being down, as text; null: nothing. */
  readonly drift: string | null;
  readonly api: boolean;
  readonly said: string | null;
}

async function see(ctx: ActionContext, name: string): Promise<Seen> {
  const node = await find<Node>(ctx.target, 'node', name);
  if (node === null) return { drift: `there is no node ${name}`, api: true, said: null };
  const said = unreadiness(node);
  if (said === null) return { drift: `${name} is Ready`, api: true, said };
  const renewal = await renewalOf(ctx, name);
  const alive = 'at' in renewal;
  return { drift: alive ? `${said}, but its kubelet lives` : null, api: true, said };
}

/** Whether a node is down, as its cluster sees it. */
export const kubeNodeDown = defineAction({
  name: 'kube.node-down',
  summary: 'Holds when a node is not Ready and its kubelet is seen to be silent.',
  impact: 'read',
  on: 'cluster',
  slow: true,
  input: z.strictObject({
    node: nodeName.describe('Node that must be down.'),
    onlyControlPlane: z
      .boolean()
      .default(false)
      .describe('It carries the only API server: an API that does not answer counts as down.'),
  }),
  output: z.strictObject({
    api: z.boolean().describe('Whether the API has answered.'),
    said: z.string().nullable().describe('What the API says of the node.'),
  }),
  settle: { timeout: '2m', every: '2s' },
  async check(ctx, { node, onlyControlPlane }) {
    let seen: Seen;
    try {
      seen = await see(ctx, node);
    } catch (error) {
      if (!onlyControlPlane || !isRunbookError(error) || error.class !== 'transient') throw error;
      seen = { drift: null, api: false, said: error.message };
    }
    const { drift, api, said } = seen;
    return {
      before: null,
      drift: drift === null ? null : excerpt(drift, 256),
      output: { api, said: said === null ? null : excerpt(said, 256) },
    };
  },
  examples: [
    { title: 'k8s-w0 has crashed', input: { node: 'k8s-w0' } },
    { title: 'The only control plane has', input: { node: 'k8s-ctr', onlyControlPlane: true } },
  ],
  notes: `Not Ready alone is no proof: a kubelet that lives reports it too, where the network plugin is missing or a
disk is full. So its lease in kube-node-lease must not be renewed for longer than kubelets take (10 s, and
some slack).

- For 20 to 40 s after a crash a node is still called Ready: the condition does not hold yet.
- An API that does not answer is an error, unless the node carries the only API server.`,
});
