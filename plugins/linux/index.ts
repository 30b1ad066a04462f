import type { Plugin } from '../../core/action.js';
import { linuxAddresses } from './addresses.js';
import { linuxBoot } from './boot.js';
import { linuxBootRoute } from './boot-route.js';
import { linuxBootSettings } from './boot-settings.js';
import { linuxCommand } from './command.js';
import { linuxFile } from './file.js';
import { linuxKernelModule } from './kernel-module.js';
import { linuxModuleAvailable } from './module-available.js';
import { linuxMtuHeadroom } from './mtu-headroom.js';
import { linuxPackage } from './package.js';
import { linuxRebooted } from './rebooted.js';
import { linuxRoute } from './route.js';
import { linuxRouteFits } from './route-fits.js';
import { linuxService } from './service.js';
import { linuxSilent } from './silent.js';
import { linuxSysctl } from './sysctl.js';
import { linuxSysctlValue } from './sysctl-value.js';

/** A Linux host: files, services, packages, kernel and routes; and any tool by its command line. */
export const linux: Plugin = {
  name: 'linux',
  summary: 'A Linux host: files, systemd, packages, kernel and routes, and any other tool.',
  actions: [
    linuxAddresses,
    linuxBoot,
    linuxBootRoute,
    linuxBootSettings,
    linuxCommand,
    linuxFile,
    linuxKernelModule,
    linuxModuleAvailable,
    linuxMtuHeadroom,
    linuxPackage,
    linuxRebooted,
    linuxRoute,
    linuxRouteFits,
    linuxService,
    linuxSilent,
    linuxSysctl,
    linuxSysctlValue,
  ],
};
