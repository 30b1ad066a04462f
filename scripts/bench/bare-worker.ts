import { join } from 'node:path';
import { createLogStore } from '../../activities/log/store.js';
import { linux } from '../../plugins/linux/index.js';
import { bareLogs, createBareAccess } from './bare-access.js';
import { serve } from './own-worker.js';

// A worker whose commands nothing guards: what the guards cost is the difference.

await serve((state) => ({
  plugins: [linux],
  access: createBareAccess(state),
  logs: bareLogs(createLogStore({ dir: join(state, 'logs') })),
}));
