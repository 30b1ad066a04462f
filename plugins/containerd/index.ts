import type { Plugin } from '../../core/action.js';
import { containerdImage } from './image.js';

/** containerd, the container runtime of the nodes. */
export const containerd: Plugin = {
  name: 'containerd',
  summary: 'containerd, the container runtime of the nodes.',
  actions: [containerdImage],
};
