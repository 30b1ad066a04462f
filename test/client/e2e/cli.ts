import { dirname, join } from 'node:path';
import { needs, type Register } from '../../needs.js';
import { hasTemporal, temporalBinary } from '../../temporal/server.js';
import { cliPath } from './bench.js';

export { Bench, cliPath, finished, succeeded, until, type Result } from './bench.js';
export { hasTemporal };

/** `test` where the program is built and there is a Temporal server to start. */
export function withServer(more: readonly string[] = []): Register {
  return needs({
    linux: true,
    commands: more,
    files: [cliPath, join(dirname(dirname(cliPath)), 'workflow-bundle.js'), temporalBinary],
  });
}
