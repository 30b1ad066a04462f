import { compile, requiredVersion } from '../builder/go.js';
import type { Part } from '../builder/part.js';

const module = 'github.com/temporalio/cli';

/** The Temporal CLI, whose development server `runbook dev` starts where no `temporal` is on PATH. */
export const temporal: Part = {
  name: 'temporal',
  summary: 'Temporal CLI with its development server',
  needs: [],
  requires: ['go'],
  facts: ['go'],
  recipe: { revision: 1 },
  publishes: { 'temporal/temporal': 'temporal' },
  measured: { seconds: 230, bytes: 213e6, peakBytes: 1.5e9 },
  build: (work) =>
    compile(work, 'temporal', [{ name: 'temporal', package: `${module}/cmd/temporal` }], {
      [`${module}/temporalcli.Version`]: requiredVersion('temporal', module).slice(1),
    }),
};
