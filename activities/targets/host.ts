import type { HostSpec } from '../../core/definition/inventory.js';
import type { Target } from '../../core/target.js';
import { jsonOver } from './json.js';
import { toRequest } from './request.js';
import type { Runner } from './runner.js';

/** A host as an action sees it. */
export function createHostTarget(spec: HostSpec, runner: Runner): Target {
  const run: Target['run'] = async (command, args, options) =>
    await runner(toRequest(command, args, options));
  return {
    name: spec.name,
    kind: 'host',
    cluster: spec.cluster,
    address: spec.address,
    vars: spec.vars,
    run,
    json: jsonOver(spec.name, run),
  };
}
