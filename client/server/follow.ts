import { RunbookError } from '../../core/errors.js';
import { standsStill } from '../view/changes.js';
import type { Server } from './connection.js';
import { inWords, lookAt, type Look } from './look.js';

/** How a follower looks at a run. */
export interface FollowDeps {
  /** A server that answers, opened anew where the last one was lost. @throws RunbookError where there is none now. */
  server(): Promise<Server>;
  /** What has become of it meanwhile: mends what can be mended, and tells. */
  mend(): Promise<void>;
  readonly signal: AbortSignal;
  now(): number;
  sleep(ms: number): Promise<void>;
  /** Without an answer for so long, nothing more is expected, ms. */
  readonly patienceMs: number;
  /** Also goes on where the run waits for a person. */
  readonly beyondWaiting: boolean;
}

/** How the following ended. */
export type Followed =
  | { readonly how: 'ended' | 'waiting' | 'left'; readonly look: Look }
  | { readonly how: 'lost'; readonly look: Look | null; readonly error: RunbookError };

/** Quick at first, so that short runs feel so; later once in a while. */
export function pauseMs(since: number): number {
  return since < 2000 ? 80 : since < 10_000 ? 200 : 400;
}

/**
 * Follows a run until it ends, waits for a person, or the reader leaves. A server or worker that is lost
 * on the way is waited for.
 */
export async function follow(
  run: string,
  deps: FollowDeps,
  show: (look: Look) => void,
): Promise<Followed> {
  const begun = deps.now();
  let look: Look | null = null;
  let lostSince: number | null = null;
  for (;;) {
    try {
      const server = await deps.server();
      look = await lookAt(server, run, look);
      lostSince = null;
      show(look);
      if (!look.open) return { how: 'ended', look };
      if (!deps.beyondWaiting && standsStill(look.record)) return { how: 'waiting', look };
    } catch (error) {
      if (!(error instanceof RunbookError) || !isPassing(error)) throw error;
      lostSince ??= deps.now();
      const waited = deps.now() - lostSince;
      if (waited > deps.patienceMs) return { how: 'lost', look, error };
      if (look !== null) {
        look = { ...look, trouble: `${inWords(error)}; still trying` };
        show(look);
      }
      if (!deps.signal.aborted) await deps.mend();
    }
    if (deps.signal.aborted && look !== null) return { how: 'left', look };
    await deps.sleep(pauseMs(deps.now() - begun));
    if (deps.signal.aborted && look !== null) return { how: 'left', look };
  }
}

function isPassing(error: RunbookError): boolean {
  return error.code === 'server-unavailable' || error.code === 'worker-unavailable';
}
