import { actionName } from './attempt.js';
import { claims } from './claims.js';
import { driftNow } from './observe.js';
import type { Run } from './run.js';
import { isItem, restorations } from './undo.js';

/**
 * What of a run's own changes is no longer as it has left it, in words; nothing where all is. A step that had
 * failed has left nothing that could be told from what came after.
 */
export async function movedSince(run: Run): Promise<string[]> {
  const found: string[] = [];
  for (const { use, superseded } of restorations(run, null)) {
    if (isItem(run, use.path)) continue;
    const last = run.locate(superseded.at(-1) ?? use.path);
    const { outcome } = run.step(last.path);
    if (outcome === null || !claims.has(outcome)) continue;
    if (run.facts(actionName(last)).undo === 'nothing') continue;
    const drift = await driftNow(run, last);
    if (drift !== null) found.push(`${last.path}: ${drift}`);
  }
  return found;
}
