import type { Plugin } from '../../core/action.js';
import { nspawnMachine } from './machine.js';
import { nspawnNetwork } from './network.js';
import { nspawnRootfs } from './rootfs.js';
import { nspawnSnapshot } from './snapshot.js';
import { nspawnUsable } from './usable.js';

/** Labs of systemd-nspawn containers. */
export const nspawn: Plugin = {
  name: 'nspawn',
  summary:
    'Labs of machines that boot in a second: systemd-nspawn, bridges and network namespaces.',
  actions: [nspawnRootfs, nspawnNetwork, nspawnMachine, nspawnSnapshot, nspawnUsable],
};
