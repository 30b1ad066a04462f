import { fill } from './expression.js';
import type { Frame } from './frame.js';
import type { Run } from './run.js';

/**
 * Leases that a frame asks for. Always in the same order, so that two runs cannot hold what the other
 * waits for.
 */
export function locksOf(run: Run, frame: Frame): string[] {
  const scope = run.scope(frame, null);
  const wanted = (frame.runbook.locks ?? []).map((lock) => String(fill(lock, scope)));
  return [...new Set(wanted)].sort();
}
