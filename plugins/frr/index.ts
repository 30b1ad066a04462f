import type { Plugin } from '../../core/action.js';
import { frrBgpEstablished } from './bgp-established.js';
import { frrConfig } from './config.js';
import { frrConfigFits } from './config-fits.js';
import { frrRestartTime } from './restart-time.js';
import { frrRoutesAbsent } from './routes-absent.js';
import { frrRoutesPresent } from './routes-present.js';
import { frrVipRedundant } from './vip-redundant.js';

/** FRRouting on routers, asked and configured by vtysh. */
export const frr: Plugin = {
  name: 'frr',
  summary: 'FRRouting on routers: configuration, BGP sessions, and the routes in their kernel.',
  actions: [
    frrConfig,
    frrConfigFits,
    frrBgpEstablished,
    frrRestartTime,
    frrRoutesPresent,
    frrRoutesAbsent,
    frrVipRedundant,
  ],
};
