import { createHash } from 'node:crypto';
import type { Operation } from './operation.js';

/**
 * Name of an operation in files of its target: the same for every verb and attempt of a step, and
 * different for any other step of any run. `scope` tells servers apart that share a target.
 */
export function operationName(scope: string, { run, step }: Operation): string {
  const hash = createHash('sha256')
    .update(JSON.stringify([scope, run, step]))
    .digest('hex');
  const readable = run.replace(/[^A-Za-z0-9-]+/g, '-').slice(0, 40);
  return `${readable}_${hash.slice(0, 24)}`;
}
