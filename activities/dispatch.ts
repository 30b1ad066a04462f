import { Context } from '@temporalio/activity';
import type { VerbAnswer } from '../core/run/engine.js';
import type { Pulse, VerbCall } from '../core/run/request.js';
import type { Catalog } from './catalog.js';
import { toApplicationFailure } from './failure.js';
import { perform } from './perform.js';
import type { TargetAccess } from './targets/access.js';
import type { LogStore } from './log/store.js';

/** How often a regular activity says that it lives, ms; its time-out is several times that. */
const beatMs = 2000;

/** What the dispatcher works with. */
export interface DispatchDeps {
  readonly catalog: Catalog;
  readonly access: TargetAccess;
  readonly logs: LogStore;
}

/**
 * The activity behind every `<action>.<verb>`. Beats from the start, so that a cancellation reaches it
 * and the CLI sees why it waits; hands the abort reason on, which tells Temporal a cancel from a pause,
 * a shutdown or a time-out.
 */
export function dispatcher({
  catalog,
  access,
  logs,
}: DispatchDeps): (call: VerbCall) => Promise<VerbAnswer> {
  return async (call) => {
    const context = Context.current();
    const { info } = context;
    const local = info.isLocal;
    let pulse: Pulse = { drift: null };
    const beat = (): void => {
      if (!local) context.heartbeat(pulse);
    };
    beat();
    const timer = local ? null : setInterval(beat, beatMs);
    try {
      const log = logs.step({
        run: call.run.id,
        step: call.path,
        attempt: info.attempt,
        verb: call.verb,
      });
      const answer = await perform(catalog, call, {
        number: info.attempt,
        signal: context.cancellationSignal,
        last: local ? null : ((info.heartbeatDetails as Pulse | undefined) ?? null),
        open: (name) =>
          access.open(name, call.inventory, {
            run: call.run.id,
            step: call.path,
            verb: call.verb,
            attempt: info.attempt,
            signal: context.cancellationSignal,
            leases: call.fences,
            log,
          }),
        pulse: (next) => {
          pulse = next;
        },
      });
      // A probe ends well when it is cancelled; stopped with its worker it must go on elsewhere.
      if (call.verb === 'probe' && context.cancellationDetails?.cancelRequested !== true) {
        throw context.cancellationSignal.reason;
      }
      return answer;
    } catch (error) {
      beat();
      if (context.cancellationSignal.aborted) throw error;
      throw toApplicationFailure(error);
    } finally {
      if (timer !== null) clearInterval(timer);
    }
  };
}
