import type { Inventory } from '../../../core/definition/inventory.js';
import { lacking, needs } from '../../needs.js';
import { inventoryOf, openDesk, sshSpec, type Desk } from './desk.js';
import { sshdNeeds, startSshd } from './sshd.js';

/** Where commands run: on this machine, and on a host that is an sshd of the test. */
export const places = [
  { place: 'this machine', target: 'local', can: needs({ linux: true, commands: ['timeout'] }) },
  { place: 'a host', target: 'router', can: needs(sshdNeeds) },
];

/** A desk that reaches both. */
export interface BothPlaces {
  readonly desk: Desk;
  readonly inventory: Inventory;
  close(): Promise<void>;
}

/** Opens it; without the host where this machine has no sshd. */
export async function openBoth(): Promise<BothPlaces> {
  const sshd = lacking(sshdNeeds).length === 0 ? await startSshd() : undefined;
  const desk = await openDesk(sshd === undefined ? [] : [sshd]);
  return {
    desk,
    inventory: inventoryOf(sshd === undefined ? [] : [sshSpec('router', sshd)]),
    close: async () => {
      await desk.close();
      await sshd?.stop();
    },
  };
}
