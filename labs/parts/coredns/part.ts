import { compile } from '../builder/go.js';
import type { Part } from '../builder/part.js';

/** The cluster's DNS server. */
export const coredns: Part = {
  name: 'coredns',
  summary: 'CoreDNS',
  needs: [],
  requires: ['go'],
  facts: ['go'],
  recipe: { revision: 1 },
  publishes: {},
  measured: { seconds: 130, bytes: 60e6, peakBytes: 1e9 },
  build: (work) =>
    compile(work, 'coredns', [{ name: 'coredns', package: 'github.com/coredns/coredns' }]),
};
