import { z } from 'zod';
import { duration } from '../../../core/action.js';
import {
  hostPath,
  interfaceAddress,
  interfaceName,
  labPrefix,
  machineName,
  mebibytes,
  requirements,
} from '../input.js';

const nic = z.strictObject({
  name: interfaceName.describe('Name of the interface in the machine, such as eth1.'),
  bridge: interfaceName.describe('Bridge of the fabric that it is plugged into.'),
  address: interfaceAddress.describe('IPv4 address with the length of its prefix.'),
});

const bind = z.strictObject({
  from: hostPath.describe('Path on the host.'),
  to: hostPath.describe('Where it appears in the machine.'),
  readOnly: z.boolean().default(false).describe('The machine may not write there.'),
});

/** Input of nspawn.machine. */
export const machineInput = z
  .strictObject({
    name: machineName.describe('Name of the machine, unique in its lab.'),
    state: z
      .enum(['running', 'stopped', 'absent'])
      .default('running')
      .describe(
        'What it must be; `absent` also removes its disk, and `stopped` makes the disk where there is none.',
      ),
    prefix: labPrefix.describe('Short name of the lab, as given to nspawn.network.'),
    dir: hostPath.describe('Folder on the host for its disk, its log and its bookkeeping.'),
    layers: z
      .array(hostPath)
      .max(8)
      .default([])
      .describe(
        "Folders that are the lower layers of its root, uppermost first: the lab's own layer, then the prepared root file system.",
      ),
    hostname: machineName.optional().describe('Host name; the name of the machine unless told.'),
    nics: z
      .array(nic)
      .max(16)
      .default([])
      .describe('Interfaces, in the order in which they are made.'),
    gateway: z.ipv4().optional().describe('Default gateway.'),
    binds: z.array(bind).max(16).default([]).describe('Paths of the host that the machine sees.'),
    volumes: z
      .array(hostPath)
      .max(16)
      .default([])
      .describe(
        'Paths in the machine that are plain folders of its disk instead of overlay: what container runtimes need for their own overlays.',
      ),
    seed: z
      .strictObject({
        from: hostPath.describe('Golden containerd store on the host; it is never written to.'),
        to: hostPath.describe('Path in the machine that begins as its copy; a volume.'),
      })
      .optional()
      .describe(
        'Start a volume as a copy of a prepared folder: files are hard-linked, databases (*.db) copied.',
      ),
    memory: mebibytes.optional().describe('Most memory that the machine may take, in MiB.'),
    onReboot: z
      .enum(['restart', 'stop'])
      .default('restart')
      .describe('What follows when the machine reboots itself.'),
    force: z
      .boolean()
      .default(false)
      .describe('Stop by cutting links and power, as a crash does, instead of a shutdown.'),
    stopTimeout: duration()
      .prefault('60s')
      .describe('Time for an orderly shutdown; after it the power is cut.'),
    requires: requirements.optional().describe('What must be free before the machine is started.'),
  })
  .refine(
    ({ state, layers }) => state !== 'running' || layers.length > 0,
    'a machine that runs has at least one layer',
  )
  .refine(
    ({ nics }) => new Set(nics.map(({ name }) => name)).size === nics.length,
    'two interfaces have the same name',
  )
  .refine(({ layers }) => new Set(layers).size === layers.length, 'the same folder is two layers');

export type MachineInput = z.output<typeof machineInput>;
