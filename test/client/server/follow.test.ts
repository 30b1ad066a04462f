import { describe, expect, test } from '@jest/globals';
import { follow, type FollowDeps } from '../../../client/server/follow.js';
import type { Look } from '../../../client/server/look.js';
import type { Server } from '../../../client/server/connection.js';
import { PermanentError, RunbookError } from '../../../core/errors.js';

/** A server that is not there: each look fails with what is given, and time passes by itself. */
function lost(
  error: () => Error,
  patienceMs = 1000,
): FollowDeps & { mended: number; clock: number } {
  const deps = {
    mended: 0,
    clock: 0,
    server: async (): Promise<Server> => {
      throw error();
    },
    mend: async () => {
      deps.mended += 1;
    },
    signal: new AbortController().signal,
    now: () => deps.clock,
    sleep: async (ms: number) => {
      deps.clock += ms;
    },
    patienceMs,
    beyondWaiting: false,
  };
  return deps;
}

describe('follow', () => {
  test('a server that stays away is given up after a bounded time', async () => {
    const deps = lost(() => new RunbookError('server-unavailable', 'it does not answer'));
    const shown: Look[] = [];
    const followed = await follow('x', deps, (look) => shown.push(look));
    expect(followed).toMatchObject({ how: 'lost', look: null });
    expect(deps.clock).toBeGreaterThan(1000);
    expect(deps.clock).toBeLessThan(3000);
    expect(deps.mended).toBeGreaterThan(3);
    expect(shown).toEqual([]);
  });

  test('an error that will not pass is one at once', async () => {
    const deps = lost(() => new PermanentError('not-found', 'no such run'));
    await expect(follow('x', deps, () => undefined)).rejects.toThrow('no such run');
    expect(deps.mended).toBe(0);
  });

  test('a fault of ours is not waited out', async () => {
    const deps = lost(() => new TypeError('oops'));
    await expect(follow('x', deps, () => undefined)).rejects.toThrow('oops');
  });
});
