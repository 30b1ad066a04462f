import { z } from 'zod';
import { interfaceAddress, interfaceName, labPrefix, machineName, requirements } from '../input.js';

/** Input of nspawn.network. */
export const networkInput = z
  .strictObject({
    prefix: labPrefix.describe(
      'Short name of the lab: its network namespace, and the beginning of those of its machines and clients.',
    ),
    state: z
      .enum(['present', 'absent'])
      .default('present')
      .describe('Whether there is to be a network; `absent` removes all of it.'),
    bridges: z
      .array(
        z.strictObject({
          name: interfaceName.describe('Name of the bridge within the fabric, such as br10.'),
          addresses: z
            .array(interfaceAddress)
            .max(4)
            .default([])
            .describe("The fabric's own addresses there: from these the machines are reached."),
        }),
      )
      .max(16)
      .describe('Switches of the lab.'),
    clients: z
      .array(
        z.strictObject({
          name: machineName.describe(
            'Name of the client; no machine of the lab may have the same.',
          ),
          bridge: interfaceName.describe('Bridge that it is plugged into.'),
          address: interfaceAddress.describe('Its IPv4 address with the length of the prefix.'),
          gateway: z.ipv4().optional().describe('Its default gateway.'),
        }),
      )
      .max(8)
      .default([])
      .describe('Network namespaces from which to probe, each with one interface, eth1.'),
    inotify: z
      .strictObject({
        instances: z.int().min(1).default(2048).describe('Least fs.inotify.max_user_instances.'),
        watches: z.int().min(1).default(524_288).describe('Least fs.inotify.max_user_watches.'),
      })
      .prefault({})
      .describe(
        'Limits of the host that are raised where they are lower, for as long as a lab needs them: every machine and every kubelet watches files.',
      ),
    requires: requirements
      .optional()
      .describe('What must be free before the network is made: the place to refuse a whole lab.'),
  })
  .refine(
    ({ bridges, clients }) =>
      clients.every(({ bridge }) => bridges.some(({ name }) => name === bridge)),
    'a client is plugged into a bridge that is not in the list',
  )
  .refine(
    ({ bridges, clients }) =>
      [bridges, clients].every((all) => new Set(all.map(({ name }) => name)).size === all.length),
    'two bridges or two clients have the same name',
  );

export type NetworkInput = z.output<typeof networkInput>;
