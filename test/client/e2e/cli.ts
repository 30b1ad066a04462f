import { dirname, join } from 'node:path';
import { needs, type Register } from '../../needs.js';
import { hasTemporal, temporalBinary } from '../../temporal/server.js';
import { cliPath } from './bench.js';

export { Bench, cliPath, finished, succeeded, until, type Result } from './bench.js';
export { hasTemporal };

/** `test` where the program is built and there is a Temporal server to start; perhaps for root alone. */
export function withServer(
  more: readonly string[] = [],
  {
    root = false,
    concurrent = false,
  }: { readonly root?: boolean; readonly concurrent?: boolean } = {},
): Register {
  const bundle = join(dirname(dirname(cliPath)), 'workflow-bundle.js');
  const files = [cliPath, bundle, temporalBinary];
  return needs({ linux: true, root, commands: more, files }, { concurrent });
}
