import { z } from 'zod';
import { defineAction } from '../../core/action.js';
import { excerpt } from '../../core/excerpt.js';
import { nodeName } from '../kube/names.js';
import { clashes, declaredConfigs, mismatches } from './bgp/declared.js';
import { ciliumNodes, clusterConfigs } from './bgp/resources.js';

const address = z.union([z.ipv4(), z.ipv6()], 'write an IP address');
const asn = z.int().min(1).max(4_294_967_295);

/** BGP resources before they are applied: whether they fit what the inventory says, and what others have declared. */
export const ciliumBgpDeclared = defineAction({
  name: 'cilium.bgp-declared',
  summary:
    'Holds when BGP resources, before they are applied, fit the routers and clash with none.',
  impact: 'read',
  on: 'cluster',
  slow: true,
  input: z.strictObject({
    resources: z
      .array(z.record(z.string(), z.json()))
      .min(1)
      .max(20)
      .describe('Objects that are to be applied; only each CiliumBGPClusterConfig is looked at.'),
    asn: asn.describe('Number of the autonomous system of the nodes.'),
    routers: z
      .array(
        z.strictObject({
          address: address.describe('Address of its BGP sessions.'),
          asn: asn.describe('Number of its autonomous system.'),
        }),
      )
      .min(1)
      .max(32)
      .describe('Routers that the nodes are to peer with: all of these, and no others.'),
    nodes: z
      .array(nodeName)
      .min(1)
      .max(256)
      .describe('Nodes that are to take part: no other cluster config may select them.'),
  }),
  output: z.strictObject({
    configs: z.int().describe('Cluster configs among the resources.'),
    faults: z.int().describe('Things that do not fit.'),
  }),
  async check({ target }, { resources, asn: local, routers, nodes }) {
    const declared = declaredConfigs(resources);
    const faults = [
      ...mismatches(declared, local, routers),
      ...clashes(declared, await clusterConfigs(target), await ciliumNodes(target), nodes),
    ];
    return {
      before: null,
      drift: faults.length === 0 ? null : excerpt(faults.join('; '), 256),
      output: { configs: declared.length, faults: faults.length },
    };
  },
  examples: [
    {
      title: 'One router, two nodes',
      input: {
        resources: [
          {
            apiVersion: 'cilium.io/v2',
            kind: 'CiliumBGPClusterConfig',
            metadata: { name: 'cilium-bgp' },
            spec: {
              nodeSelector: { matchLabels: { 'enable-bgp': 'true' } },
              bgpInstances: [
                {
                  name: 'instance-65001',
                  localASN: 65001,
                  peers: [
                    {
                      name: 'tor-switch',
                      peerASN: 65000,
                      peerAddress: '192.168.10.200',
                      peerConfigRef: { name: 'cilium-peer' },
                    },
                  ],
                },
              ],
            },
          },
        ],
        asn: 65001,
        routers: [{ address: '192.168.10.200', asn: 65000 }],
        nodes: ['k8s-w0', 'k8s-w1'],
      },
    },
  ],
  notes: `A guard before \`kube.manifest\`: a wrong number or address does not fail, it only never becomes a session.

- Each instance must have the number of the nodes' system, and as peers exactly the routers, with their
  numbers.
- A node that two cluster configs select belongs to one of them, and the operator says
  \`ConflictingClusterConfig\` (only with status report on). Here the selectors of the others are compared
  with the labels of the CiliumNodes before anything is applied.
- Whether what was applied works: \`cilium.bgp-peering\`, then \`cilium.bgp-established\` and
  \`frr.routes-present\`.`,
});
