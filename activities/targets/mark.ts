import { randomUUID } from 'node:crypto';

/**
 * 16 hexadecimal digits that nobody can foresee. Node draws the randomness of many UUIDs at once, which makes this
 * four times cheaper than `randomBytes` (Node 20: 0.7 and 2.7 µs); those digits of a UUID that are fixed (RFC 9562, 5.4) are left out.
 */
export function randomMark(): string {
  const uuid = randomUUID();
  return uuid.slice(0, 8) + uuid.slice(28);
}
