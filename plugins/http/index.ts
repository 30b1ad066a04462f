import type { Plugin } from '../../core/action.js';
import { httpProbe } from './probe.js';
import { httpShares } from './shares.js';

/** HTTP, as clients see it: curl on the hosts of the inventory. */
export const http: Plugin = {
  name: 'http',
  summary: 'HTTP as clients see it, asked with curl from the hosts of the inventory.',
  actions: [httpProbe, httpShares],
};
