import { z } from 'zod';
import { defineAction } from '../../core/action.js';
import { excerpt } from '../../core/excerpt.js';
import { address, prefix } from '../frr/routes/prefix.js';
import { objectName } from '../kube/names.js';
import { overlapping, range } from './pools/overlap.js';
import { holdersOf, takenRanges } from './pools/resources.js';

/** Whether addresses may become those of a pool. */
export const ciliumPoolFree = defineAction({
  name: 'cilium.pool-free',
  summary: 'Holds when the addresses of a pool belong to nothing else in the cluster.',
  impact: 'read',
  on: 'cluster',
  slow: true,
  input: z.strictObject({
    pool: objectName.describe('Name of the CiliumLoadBalancerIPPool, which may be there already.'),
    cidrs: z.array(prefix).min(1).max(32).describe('Its prefixes.'),
    address: address
      .optional()
      .describe('Address that a service is to get: no other service may have it.'),
    service: z
      .string()
      .regex(/^[a-z0-9-]+\/[a-z0-9-]+$/, 'write namespace/name')
      .optional()
      .describe('Service that may have that address already.'),
  }),
  output: z.strictObject({
    overlaps: z.int().describe('Things that the addresses overlap with.'),
  }),
  async check({ target }, { pool, cidrs, address: wanted, service }) {
    const ranges = cidrs.map((cidr) => range(cidr, cidr));
    const overlaps = overlapping(ranges, await takenRanges(target, pool));
    const drift = [...overlaps];
    if (wanted !== undefined) {
      const inside = overlapping([range(wanted, wanted)], ranges).length > 0;
      if (!inside) drift.push(`${wanted} is not in ${cidrs.join(', ')}`);
      const others = (await holdersOf(target, [wanted])).filter((name) => name !== service);
      if (others.length > 0) drift.push(`${wanted} belongs to ${others.join(', ')}`);
    }
    return {
      before: null,
      drift: drift.length === 0 ? null : excerpt(drift.join('; '), 256),
      output: { overlaps: overlaps.length },
    };
  },
  examples: [
    {
      title: 'A pool of its own for the web, and its first address for one service',
      input: {
        pool: 'web-pool',
        cidrs: ['172.16.2.0/24'],
        address: '172.16.2.1',
        service: 'default/web',
      },
    },
    {
      title: 'A pool of two blocks',
      input: { pool: 'p', cidrs: ['172.16.1.0/24', '10.9.0.0/28'] },
    },
  ],
  notes: `Looks at addresses of nodes, pod networks (CiliumNode), service networks (ServiceCIDR) and addresses, and
the blocks of all other pools. Cilium takes a pool that overlaps another one, and marks it as
conflicting: nothing gets an address from it, and nobody says so to whoever applied it.

- Networks that the cluster does not know of, such as those of routers, are not looked at.
- Addresses of services that a load balancer has given out are inside of pools, and no overlap.`,
});
