import { z } from 'zod';
import { hostPath, labPrefix, machineName, requirements } from '../input.js';

/** Input of nspawn.snapshot. */
export const snapshotInput = z
  .strictObject({
    name: machineName.describe('Name of the snapshot.'),
    state: z
      .enum(['saved', 'restored', 'absent'])
      .describe(
        '`saved`: there is a snapshot of that name. `restored`: the disks are equal to it. `absent`: there is none.',
      ),
    dir: hostPath.describe(
      'Folder on the host for snapshots; best on the file system of the machines.',
    ),
    prefix: labPrefix.describe('Short name of the lab, as given to nspawn.machine.'),
    machines: z
      .array(
        z.strictObject({
          name: machineName.describe('Name of the machine.'),
          dir: hostPath.describe('Its folder on the host, as given to nspawn.machine.'),
          seed: z
            .strictObject({
              from: hostPath.describe('Golden store.'),
              to: hostPath.describe('Path in the machine.'),
            })
            .optional()
            .describe(
              'Its seed, as given to nspawn.machine: what still is the seed is linked, not copied.',
            ),
        }),
      )
      .min(1)
      .max(12)
      .describe('Machines whose disks are saved or restored; they must be stopped.'),
    requires: requirements.optional().describe('What must be free before anything is copied.'),
  })
  .refine(
    ({ machines }) => new Set(machines.map(({ name }) => name)).size === machines.length,
    'the same machine is there twice',
  );

export type SnapshotInput = z.output<typeof snapshotInput>;
