import { z } from 'zod';
import { hostPath, machineName, requirements } from '../input.js';

/** Input of nspawn.rootfs. */
export const rootfsInput = z
  .strictObject({
    dir: hostPath.describe("Folder of the lab's own layer, which lies over the base."),
    state: z
      .enum(['present', 'absent'])
      .default('present')
      .describe('Whether there is to be a layer; `absent` removes it and the key, never the base.'),
    base: hostPath.describe('Prepared root file system, shared by all labs and never written to.'),
    debootstrap: z
      .strictObject({
        suite: z
          .string()
          .regex(/^[a-z][a-z0-9.-]*$/, 'not the name of a suite')
          .describe('Suite of Debian, such as bookworm.'),
        mirror: z.url({ protocol: /^https?$/ }).describe('Where its packages come from.'),
        packages: z
          .array(z.string().regex(/^[a-z0-9][a-z0-9+.-]+$/, 'not the name of a package'))
          .default([])
          .describe('Packages besides systemd, sshd and the usual network tools.'),
      })
      .optional()
      .describe('Make the base by debootstrap where it is missing; takes a minute or two.'),
    key: hostPath
      .optional()
      .describe(
        'File on the host with the private key that opens the machines; generated (ed25519, 0600) where it is missing.',
      ),
    authorizedKeys: z
      .array(
        z
          .string()
          .regex(
            /^(?:ssh|ecdsa|sk)-[a-z0-9@.-]+ [A-Za-z0-9+/=]+(?: [^\n]*)?$/,
            'not a line of authorized_keys',
          ),
      )
      .max(64)
      .default([])
      .describe('Further public keys that open the machines.'),
    hosts: z
      .record(machineName, z.ipv4())
      .default({})
      .describe('Addresses by name, for /etc/hosts of every machine.'),
    nameservers: z.array(z.ipv4()).max(3).default([]).describe('Name servers of the machines.'),
    requires: requirements.optional().describe('What must be free before anything is made.'),
  })
  .refine(
    ({ state, key, authorizedKeys }) =>
      state === 'absent' || key !== undefined || authorizedKeys.length > 0,
    'without key and authorizedKeys nobody could log in',
  );

export type RootfsInput = z.output<typeof rootfsInput>;
