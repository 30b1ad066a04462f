import { actionName } from './attempt.js';
import { claims, driftNow } from './observe.js';
import type { Run } from './run.js';
import { restorations } from './undo.js';

/**
 * What of the changes of a run is no longer as it has left it, in words; nothing where all is. A step that had
 * failed has left nothing that could be told from what came after.
 */
export async function movedSince(run: Run): Promise<string[]> {
  const found: string[] = [];
  for (const { use, superseded } of restorations(run, null)) {
    const last = run.locate(superseded.at(-1) ?? use.path);
    const { outcome } = run.step(last.path);
    if (outcome === null || !claims.has(outcome)) continue;
    if (run.facts(actionName(last)).undo === 'nothing') continue;
    const drift = await driftNow(run, last);
    if (drift !== null) found.push(`${last.path}: ${drift}`);
  }
  return found;
}
