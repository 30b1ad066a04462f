import { z } from 'zod';
import { defineAction } from '../../core/action.js';
import { PermanentError } from '../../core/errors.js';
import { excerpt } from '../../core/excerpt.js';
import type { Target } from '../../core/target.js';
import { compareAndSet } from '../kube/api/compare-and-set.js';
import type { Node } from '../kube/api/objects.js';
import { labelKey, nodeName } from '../kube/names.js';
import { nodeOf } from '../kube/nodes/look.js';
import { missing, seeNode, type Before } from './bgp/node.js';
import { clusterConfigs, type ClusterConfig } from './bgp/resources.js';
import { selecting, valueFor, withLabel } from './bgp/selection.js';

async function setLabel(
  cluster: Target,
  name: string,
  key: string,
  wanted: (node: Node) => string | null,
): Promise<void> {
  const write = (node: Node): readonly string[] | null => {
    const value = wanted(node);
    if ((node.metadata.labels?.[key] ?? null) === value) return null;
    const version = `--resource-version=${node.metadata.resourceVersion ?? ''}`;
    const change = value === null ? `${key}-` : `${key}=${value}`;
    return ['label', 'node', name, '--overwrite', version, '--output=name', change];
  };
  await compareAndSet(cluster, `label node ${name}`, () => nodeOf(cluster, name), write);
}

/** @throws PermanentError `refused` where no value of the label does it. */
function decisive(
  cluster: Target,
  configs: readonly ClusterConfig[],
  node: Node,
  key: string,
  selected: boolean,
): string | null {
  const labels = node.metadata.labels ?? {};
  const value = valueFor(configs, labels, key, selected);
  if (value !== undefined) return value;
  const names = selecting(configs, withLabel(labels, key, null)).join(', ');
  const why = selected
    ? `no CiliumBGPClusterConfig selects ${node.metadata.name} by the label ${key}`
    : `${names} selects ${node.metadata.name} whatever its label ${key} says`;
  throw new PermanentError('refused', `${cluster.name}: ${why}`, {
    hint: 'Name the label that spec.nodeSelector of the cluster config goes by.',
  });
}

/** Whether a node announces its routes by BGP. */
export const ciliumBgpNode = defineAction({
  name: 'cilium.bgp-node',
  summary: "Selects a node for Cilium's BGP, or takes it out, by its label.",
  impact: 'disrupt',
  on: 'cluster',
  slow: true,
  input: z.strictObject({
    node: nodeName.describe('Node to select or to take out.'),
    selected: z.boolean().describe('Whether it takes part in BGP.'),
    label: labelKey
      .default('enable-bgp')
      .describe('Label of the node by which the CiliumBGPClusterConfig selects.'),
  }),
  output: z.strictObject({
    prefixes: z
      .array(z.string())
      .describe('What the node announced when it was looked at, pod networks first.'),
  }),
  timeout: '8m',
  // Peers try again after connectRetryTimeSeconds: 120 s by default, with jitter up to twice that.
  settle: { timeout: '5m', every: '1s' },
  resource: ({ node }) => `node/${node}/bgp`,
  async check({ target }, { node, selected, label }) {
    const seen = await seeNode(target, node, label);
    const drift = missing(seen, node, selected);
    return {
      before: seen.before,
      drift: drift === null ? null : excerpt(drift, 256),
      output: { prefixes: [...seen.before.prefixes] },
    };
  },
  async apply({ target }, { node, selected, label }, before: Before) {
    const configs = await clusterConfigs(target);
    await setLabel(target, node, label, (found) =>
      decisive(target, configs, found, label, selected),
    );
    return { prefixes: [...before.prefixes] };
  },
  async undo({ target }, { node, label }, before: Before) {
    await setLabel(target, node, label, () => before.label);
  },
  restored(before: Before, found: Before) {
    if (before.label !== found.label) return `the label is ${found.label ?? 'absent'}`;
    if (before.selected !== found.selected) {
      return found.selected
        ? 'the operator still selects it'
        : 'the operator does not select it yet';
    }
    const lost = before.prefixes.filter((prefix) => !found.prefixes.includes(prefix));
    return lost.length === 0 || found.more > 0
      ? null
      : excerpt(`not announced again: ${lost.join(', ')}`, 256);
  },
  examples: [
    { title: 'Withdraw the routes of a node', input: { node: 'k8s-w0', selected: false } },
    {
      title: 'Let a node take part, by a label of its own name',
      input: { node: 'k8s-w0', selected: true, label: 'bgp.example.com/tor' },
    },
  ],
  notes: `Sets the label so that a CiliumBGPClusterConfig selects the node or no longer does: the value that
its \`nodeSelector\` asks for, or \`false\` (where the mere presence of the label selects, it is taken
away). A label that decides nothing is refused.

Verified from the wish to the effect: the node's agent has copied the label to its CiliumNode, the
operator has made or removed the CiliumBGPNodeConfig, and the agent itself has peers or has none. Its
\`status\` is not looked at: it said \`established\` 27 s after the machine had crashed.

- The agent of the node must answer: without it nothing follows from the label, and the routes stay on
  the router for the graceful-restart time.
- \`before\` holds the label as it was (absent, or of any value) and what the node announced; undo waits
  until all of that is announced again.
- Gone from Cilium is not gone from the router: wait for \`frr.routes-absent\`. Drain first: pods of a
  node that announces nothing stay backends of the others.`,
});
