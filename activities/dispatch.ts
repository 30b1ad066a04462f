import { Context } from '@temporalio/activity';
import type { VerbAnswer } from '../core/run/engine.js';
import type { Pulse, VerbCall } from '../core/run/request.js';
import { carryOut, type CarryOutDeps } from './carry-out.js';
import { toApplicationFailure } from './failure.js';

/** How often a regular activity says that it lives, ms; its time-out is several times that. */
const beatMs = 2000;
/** When it does so first, ms. Most are done by then, and a beat is a commit on the server like any other. */
const firstBeatMs = 300;

/**
 * The activity behind every `<action>.<verb>`. Beats soon after its start, so that a cancellation reaches it
 * and the CLI sees why it waits; hands the abort reason on, which tells Temporal a cancel from a pause,
 * a shutdown or a time-out.
 */
export function dispatcher(deps: CarryOutDeps): (call: VerbCall) => Promise<VerbAnswer> {
  return async (call) => {
    const context = Context.current();
    const { info } = context;
    const local = info.isLocal;
    let pulse: Pulse = { drift: null };
    const beat = (): void => {
      if (!local) context.heartbeat(pulse);
    };
    let timer: NodeJS.Timeout | null = null;
    const beats = (after: number): void => {
      timer = setTimeout(() => {
        beat();
        beats(beatMs);
      }, after);
    };
    if (!local) beats(firstBeatMs);
    const { cancellationSignal: signal } = context;
    try {
      const answer = await carryOut(deps, call, {
        attempt: info.attempt,
        signal,
        // A shutdown, or a server that has given it up: only a person's cancel is the end of it.
        leaves: () =>
          signal.aborted && !local && context.cancellationDetails?.cancelRequested !== true,
        last: local ? null : ((info.heartbeatDetails as Pulse | undefined) ?? null),
        pulse: (next) => {
          pulse = next;
        },
      });
      // A probe ends well when it is cancelled; stopped with its worker it must go on elsewhere.
      if (call.verb === 'probe' && context.cancellationDetails?.cancelRequested !== true) {
        throw signal.reason;
      }
      return answer;
    } catch (error) {
      beat();
      if (signal.aborted) throw error;
      throw toApplicationFailure(error);
    } finally {
      if (timer !== null) clearTimeout(timer);
    }
  };
}
