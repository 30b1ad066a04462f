import type { Plugin } from '../../core/action.js';
import { vagrantEnvironment } from './environment.js';
import { vagrantFits } from './fits.js';
import { vagrantMachine } from './machine.js';
import { vagrantUsable } from './usable.js';

/** Virtual machines by vagrant. */
export const vagrant: Plugin = {
  name: 'vagrant',
  summary:
    'Virtual machines by vagrant: a Vagrantfile out of the inventory, and machines that answer.',
  actions: [vagrantEnvironment, vagrantFits, vagrantMachine, vagrantUsable],
};
