import type { LeaseRefusal } from '../../core/run/locks.js';

/** A step that sets a key of the world to a value. */
export const set = (id: string, key: string, value: unknown, more = {}): object => ({
  id,
  action: 'world.set',
  input: { key, value },
  ...more,
});

/** A lease that another run has. */
export function heldByOther(resource: string): LeaseRefusal {
  const at = '2026-01-01T00:00:00Z';
  const mode = 'exclusive' as const;
  const holder = { run: 'other-1', user: 'bob', purpose: 'p', mode, since: at, until: null };
  return { resource, holder: { ...holder, fence: 1 } };
}
