import type { Plugin } from '../../core/action.js';
import { linuxBoot } from './boot.js';
import { linuxBootRoute } from './boot-route.js';
import { linuxBootSettings } from './boot-settings.js';
import { linuxCommand } from './command.js';
import { linuxFile } from './file.js';
import { linuxKernelModule } from './kernel-module.js';
import { linuxPackage } from './package.js';
import { linuxRebooted } from './rebooted.js';
import { linuxRoute } from './route.js';
import { linuxRouteFits } from './route-fits.js';
import { linuxService } from './service.js';
import { linuxSilent } from './silent.js';
import { linuxSysctl } from './sysctl.js';

/** A Linux host: files, services, packages, kernel and routes; and any tool by its command line. */
export const linux: Plugin = {
  name: 'linux',
  summary: 'A Linux host: files, systemd, packages, kernel and routes, and any other tool.',
  actions: [
    linuxBoot,
    linuxBootRoute,
    linuxBootSettings,
    linuxCommand,
    linuxFile,
    linuxKernelModule,
    linuxPackage,
    linuxRebooted,
    linuxRoute,
    linuxRouteFits,
    linuxService,
    linuxSilent,
    linuxSysctl,
  ],
};
