import { compile } from '../builder/go.js';
import type { Part } from '../builder/part.js';

/** The etcd that kubeadm runs as a static pod. */
export const etcd: Part = {
  name: 'etcd',
  summary: 'etcd server',
  needs: [],
  requires: ['go'],
  facts: ['go'],
  recipe: { revision: 1 },
  publishes: {},
  measured: { seconds: 30, bytes: 25e6, peakBytes: 5e8 },
  build: (work) => compile(work, 'etcd', [{ name: 'etcd', package: 'go.etcd.io/etcd/server/v3' }]),
};
