import { z } from 'zod';
import { createLogStore } from '../../activities/log/store.js';
import { createTargetAccess } from '../../activities/targets/access.js';
import { defineAction } from '../../core/action.js';
import { serve } from './own-worker.js';

// A worker with two actions that do nothing: what a step costs before it does anything.

function nothing(name: `floor.${string}`, slow: boolean) {
  return defineAction({
    name,
    summary: 'Does nothing.',
    impact: 'read',
    on: 'host',
    slow,
    input: z.strictObject({}),
    output: z.strictObject({}),
    check: () => Promise.resolve({ before: null, drift: null, output: {} }),
    examples: [],
  });
}

const actions = [nothing('floor.local', false), nothing('floor.regular', true)];
await serve((state) => ({
  plugins: [{ name: 'floor', summary: 'Nothing.', actions }],
  access: createTargetAccess({ stateDir: state, knownHosts: null }),
  logs: createLogStore({ dir: state }),
}));
