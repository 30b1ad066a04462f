import { compile } from '../builder/go.js';
import type { Part } from '../builder/part.js';

/** Programs of our own: what holds a pod's namespaces, and the web server that tells who answered. */
export const small: Part = {
  name: 'small',
  summary: 'pause and whoami',
  needs: [],
  requires: ['go'],
  facts: ['go'],
  recipe: { revision: 1 },
  publishes: {},
  measured: { seconds: 20, bytes: 7e6, peakBytes: 3e8 },
  build: (work) =>
    compile(work, 'small', [
      { name: 'pause', package: './pause' },
      { name: 'whoami', package: './whoami' },
    ]),
};
