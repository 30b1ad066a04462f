import { compile, requiredVersion } from '../builder/go.js';
import type { Part } from '../builder/part.js';

const module = 'helm.sh/helm/v3';

/** Helm, which installs and upgrades Cilium in the lab. */
export const helm: Part = {
  name: 'helm',
  summary: 'helm',
  needs: [],
  requires: ['go'],
  facts: ['go'],
  recipe: { revision: 1 },
  publishes: { 'bin/helm': 'helm' },
  measured: { seconds: 66, bytes: 60e6, peakBytes: 1e9 },
  build: (work) =>
    compile(work, 'helm', [{ name: 'helm', package: `${module}/cmd/helm` }], {
      [`${module}/internal/version.version`]: requiredVersion('helm', module),
    }),
};
