import type { RunRecord, StepRecord } from '../record.js';

/** Outcomes that claim that something is so now. */
export const claims: ReadonlySet<string> = new Set(['changed', 'unchanged', 'confirmed']);

/** More keys of one item would not fit into the record of the run around it, which may have hundreds. */
const maxKeys = 64;

/**
 * Key of one resource of one target, short enough for a record that holds thousands: 53 bits of a hash (cyrb53),
 * since the sandbox of workflows has no other. Two resources of one key would only be looked at once.
 */
export function claimKey(target: string | null, resource: string): string {
  let high = 0xdeadbeef;
  let low = 0x41c6ce57;
  for (const char of `${target ?? ''} ${resource}`) {
    const code = char.codePointAt(0) ?? 0;
    high = Math.imul(high ^ code, 2654435761);
    low = Math.imul(low ^ code, 1597334677);
  }
  const mixedHigh =
    Math.imul(high ^ (high >>> 16), 2246822507) ^ Math.imul(low ^ (low >>> 13), 3266489909);
  const mixedLow =
    Math.imul(low ^ (low >>> 16), 2246822507) ^
    Math.imul(mixedHigh ^ (mixedHigh >>> 13), 3266489909);
  return (4294967296 * (2097151 & mixedLow) + (mixedHigh >>> 0)).toString(36);
}

/** Keys of what a step has a say in: what it has brought about, or has begun to change. */
export function keysOf(step: StepRecord): readonly string[] {
  if (step.kind === 'item') return step.claims ?? [];
  if (step.kind !== 'action' || step.restored || step.resource === null) return [];
  const says = step.applied || (step.outcome !== null && claims.has(step.outcome));
  return says ? [claimKey(step.target, step.resource)] : [];
}

/** What the run of an item tells the run around it of what it has a say in; undefined for nothing, and for too much. */
export function claimsIn(record: RunRecord): readonly string[] | undefined {
  const keys = [...new Set(record.steps.flatMap(keysOf))];
  return keys.length === 0 || keys.length > maxKeys ? undefined : keys;
}
