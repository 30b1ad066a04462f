import { createHash } from 'node:crypto';
import type { Operation } from './operation.js';

function named(readable: string, parts: readonly string[]): string {
  const hash = createHash('sha256').update(JSON.stringify(parts)).digest('hex');
  return `${readable.replace(/[^A-Za-z0-9-]+/g, '-').slice(0, 40)}_${hash.slice(0, 24)}`;
}

/**
 * Name of an operation in files of its target: the same for every verb and attempt of a step, and
 * different for any other step of any run. `scope` tells servers apart that share a target.
 */
function operationName(scope: string, { run, step }: Operation): string {
  return named(run, [scope, run, step]);
}

/**
 * The claim of an operation as the scripts take it: its name, its fence, the command's id, the verb, commands that
 * were lost, and the leases: their number; then name, mode and number of each.
 */
export function claimOf(
  scope: string,
  operation: Operation,
  { fence, id, lost }: { readonly fence: number; readonly id: string; readonly lost: string },
): string[] {
  const leases = operation.leases ?? [];
  return [
    operationName(scope, operation),
    String(fence),
    id,
    operation.verb,
    lost,
    String(leases.length),
    ...leases.flatMap((one) => [
      named(one.resource, [scope, 'lease', one.resource]),
      one.mode,
      String(one.fence),
    ]),
  ];
}
