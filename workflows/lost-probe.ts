import { ActivityFailure, TimeoutFailure } from '@temporalio/workflow';
import type { VerbAnswer } from '../core/run/engine.js';
import type { Pulse } from '../core/run/request.js';

/**
 * What a probe had counted when its worker was last heard of, where the probe was stopped before the loss of that
 * worker was noticed: then nobody else went on with it. Null for any other failure.
 */
export function lastWord(error: unknown): VerbAnswer | null {
  if (!(error instanceof ActivityFailure) || !(error.cause instanceof TimeoutFailure)) return null;
  const { probe } = (error.cause.lastHeartbeatDetails ?? {}) as Partial<Pulse>;
  if (probe === undefined) return null;
  return { drift: null, before: null, output: {}, resource: null, tries: 1, probe };
}
