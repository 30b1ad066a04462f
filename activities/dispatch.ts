import { Context } from '@temporalio/activity';
import type { VerbAnswer } from '../core/run/engine.js';
import type { Pulse, VerbCall } from '../core/run/request.js';
import type { Catalog } from './catalog.js';
import { toApplicationFailure } from './failure.js';
import { perform } from './perform.js';
import type { TargetAccess } from './targets/access.js';
import type { LogStore } from './log/store.js';
import { withOpened, type Opened } from './secrets/opened.js';
import type { SecretStore } from './secrets/store.js';
import { veilPulse } from './secrets/veil.js';

/** How often a regular activity says that it lives, ms; its time-out is several times that. */
const beatMs = 2000;
/** When it does so first, ms. Most are done by then, and a beat is a commit on the server like any other. */
const firstBeatMs = 300;

/** What the dispatcher works with. */
export interface DispatchDeps {
  readonly catalog: Catalog;
  readonly access: TargetAccess;
  readonly logs: LogStore;
  readonly secrets: SecretStore;
}

/**
 * The activity behind every `<action>.<verb>`. Beats soon after its start, so that a cancellation reaches it
 * and the CLI sees why it waits; hands the abort reason on, which tells Temporal a cancel from a pause,
 * a shutdown or a time-out.
 */
export function dispatcher({
  catalog,
  access,
  logs,
  secrets,
}: DispatchDeps): (call: VerbCall) => Promise<VerbAnswer> {
  return async (asked) => {
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
    const { attempt } = info;
    const work = async (call: VerbCall, { values, redactor }: Opened): Promise<VerbAnswer> => {
      const { path: step, verb } = call;
      const run = call.run.id;
      const log = logs.step({ run, step, attempt, verb, secrets: values });
      const answer = await perform(catalog, call, {
        number: attempt,
        signal,
        last: local ? null : ((info.heartbeatDetails as Pulse | undefined) ?? null),
        open: (name) =>
          access.open(name, call.inventory, {
            run,
            step,
            verb,
            attempt,
            signal,
            leases: call.fences,
            log,
          }),
        pulse: (next) => {
          pulse = veilPulse(next, redactor);
        },
        secrets: values,
      });
      // A probe ends well when it is cancelled; stopped with its worker it must go on elsewhere.
      if (verb === 'probe' && context.cancellationDetails?.cancelRequested !== true) {
        throw signal.reason;
      }
      return answer;
    };
    try {
      return await withOpened(asked, secrets, signal, work);
    } catch (error) {
      beat();
      if (signal.aborted) throw error;
      throw toApplicationFailure(error);
    } finally {
      if (timer !== null) clearTimeout(timer);
    }
  };
}
