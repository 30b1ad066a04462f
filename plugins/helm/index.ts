import type { Plugin } from '../../core/action.js';
import { helmRelease } from './release.js';

/** Helm 3 and 4. */
export const helm: Plugin = {
  name: 'helm',
  summary: 'Releases of Helm charts.',
  actions: [helmRelease],
};
