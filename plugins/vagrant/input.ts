import { z } from 'zod';
import { domainName, networkName } from '../libvirt/input.js';
import { absolutePath } from '../linux/input.js';

/** Providers that this plugin knows the states of. */
export const providers = ['libvirt', 'virtualbox', 'lxc'] as const;
export type Provider = (typeof providers)[number];

/** Name of a machine in the Vagrantfile: also its host name. */
export const machineName = z
  .string()
  .regex(
    /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/,
    'a machine name has lower-case letters, digits and -, and at most 63 characters',
  );

/** Where an environment of vagrant is, and with what. */
export const placeFields = {
  dir: absolutePath.describe('Folder with the Vagrantfile.'),
  provider: z.enum(providers).default('libvirt').describe('Provider; libvirt unless told.'),
  home: absolutePath
    .optional()
    .describe('Folder for boxes and plugins; ~/.vagrant.d of the login user unless told.'),
};

/** An environment of vagrant. */
export interface Place {
  readonly dir: string;
  readonly provider: Provider;
  readonly home?: string | undefined;
}

const mebibytes = z.int().min(64).max(1_048_576);

/** One machine, as the inventory tells how it is made (`hosts.<name>.machine`). */
export const machineSchema = z.strictObject({
  name: machineName.describe('Name of the machine.'),
  cpus: z.int().min(1).max(64).default(1).describe('Processors.'),
  memory: mebibytes.default(512).describe('Memory in MiB.'),
  nics: z
    .array(
      z.strictObject({
        network: networkName.describe('Network that it is plugged into.'),
        address: z.cidrv4().describe('Its IPv4 address with the length of the prefix.'),
      }),
    )
    .max(8)
    .default([])
    .describe('Interfaces besides the first one, by which vagrant itself reaches it: eth1, eth2…'),
});
export type Machine = z.output<typeof machineSchema>;

/** Name of a box, such as `debian/bookworm64`. */
export const boxName = z
  .string()
  .max(200)
  .regex(/^[A-Za-z0-9][A-Za-z0-9_.-]*(?:\/[A-Za-z0-9_.-]+)?$/, 'not the name of a box');

/** What every machine of an environment has in common. */
export const environmentSchema = z.strictObject({
  ...placeFields,
  box: boxName.describe('Box that the machines are made from.'),
  boxVersion: z
    .string()
    .max(64)
    .regex(/^[0-9][A-Za-z0-9.+-]*$/, 'not a version')
    .optional()
    .describe('Exact version of the box. Left out: whatever is newest when it is fetched.'),
  boxUrl: z
    .string()
    .max(400)
    .regex(/^(?:\/|file:\/\/|https:\/\/)[^\s\0]+$/, 'write a path, file:// or https://')
    .optional()
    .describe('File of the box, where it comes from no catalogue.'),
  boxSha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/, 'not a sha256')
    .optional()
    .describe('Sum that the file of the box must have.'),
  prefix: domainName.optional().describe('Beginning of the names of domains, such as `lab_`.'),
  bootTimeout: z
    .int()
    .min(30)
    .max(3600)
    .default(300)
    .describe('The longest that vagrant waits for a machine to answer, in seconds.'),
  emulated: z
    .boolean()
    .default(false)
    .describe(
      'Run without the help of the processor (QEMU alone, no KVM): slow, but works in any virtual machine.',
    ),
  managementNetwork: z
    .strictObject({
      name: networkName.describe('Name of the network.'),
      cidr: z.cidrv4().describe('Its addresses.'),
    })
    .optional()
    .describe(
      'Network by which vagrant reaches the machines; `vagrant-libvirt`, 192.168.121.0/24 unless told.',
    ),
  machines: z
    .array(machineSchema)
    .min(1)
    .max(50)
    .refine(
      (machines) => new Set(machines.map(({ name }) => name)).size === machines.length,
      'two machines have the same name',
    )
    .refine(
      (machines) =>
        new Set(machines.flatMap(({ nics }) => nics.map(({ address }) => address))).size ===
        machines.reduce((sum, { nics }) => sum + nics.length, 0),
      'two interfaces have the same address',
    )
    .describe('The machines, as `machine` of their hosts in the inventory tells.'),
});
export type Environment = z.output<typeof environmentSchema>;
