import type { Plugin } from '../../core/action.js';
import { libvirtMachine } from './machine.js';
import { libvirtNetwork } from './network.js';
import { libvirtUsable } from './usable.js';

/** Virtual machines and networks of libvirt, by virsh. */
export const libvirt: Plugin = {
  name: 'libvirt',
  summary: 'Virtual machines and networks of libvirt: power, as virsh sees and switches it.',
  actions: [libvirtMachine, libvirtNetwork, libvirtUsable],
};
