import { z } from 'zod';
import { defineAction } from '../../core/action.js';
import { excerpt } from '../../core/excerpt.js';
import { misfits } from './bgp/fit.js';
import {
  advertisements,
  ciliumNodes,
  clusterConfigs,
  nodeConfigs,
  peerConfigs,
} from './bgp/resources.js';

/** BGP as it is declared: whether the resources fit together, and the operator has taken them. */
export const ciliumBgpPeering = defineAction({
  name: 'cilium.bgp-peering',
  summary: "Holds when Cilium's BGP resources fit together and the operator has taken them.",
  impact: 'read',
  on: 'cluster',
  slow: true,
  input: z.strictObject({}),
  output: z.strictObject({
    nodes: z.int().describe('Nodes with a CiliumBGPNodeConfig.'),
    faults: z.int().describe('Things that do not fit.'),
  }),
  settle: { timeout: '60s', every: '1s' },
  async check({ target }) {
    const peering = {
      configs: await clusterConfigs(target),
      peerConfigs: await peerConfigs(target),
      advertisements: await advertisements(target),
      nodes: await ciliumNodes(target),
      nodeConfigs: await nodeConfigs(target),
    };
    const faults = misfits(peering);
    return {
      before: null,
      drift: faults.length === 0 ? null : excerpt(faults.join('; '), 256),
      output: { nodes: peering.nodeConfigs.length, faults: faults.length },
    };
  },
  examples: [{ title: 'After the resources were applied', input: {} }],
  notes: `The resources themselves (CiliumBGPAdvertisement, CiliumBGPPeerConfig, CiliumBGPClusterConfig,
CiliumLoadBalancerIPPool) are objects like others: \`kube.manifest\` applies them, shows their drift and
undoes them. This tells what \`kubectl apply\` does not:

- a cluster config that selects no node, or nodes of another one;
- a peer config that is referred to and missing, or whose password is;
- a family whose advertisement selector matches no CiliumBGPAdvertisement: it announces nothing, and
  nobody says so;
- nodes that are selected and have no CiliumBGPNodeConfig yet, and the other way round: the operator is
  late, or down.

The conditions of the operator are read where it writes them (status report on), and only their
\`status\`: their message stays when they no longer hold. Then wait for \`cilium.bgp-established\`.`,
});
