import { Context } from '@temporalio/activity';
import type { VerbAnswer } from '../core/run/engine.js';
import type { Pulse, VerbCall } from '../core/run/request.js';
import { standing, withSecrets } from '../core/run/secrets.js';
import type { Catalog } from './catalog.js';
import { toApplicationFailure } from './failure.js';
import { perform } from './perform.js';
import type { TargetAccess } from './targets/access.js';
import { createRedactor, type Redactor } from './log/redact.js';
import type { LogStore } from './log/store.js';
import type { SecretStore } from './secrets/store.js';
import { veilAnswer, veilError, veilPulse } from './secrets/veil.js';

/** How often a regular activity says that it lives, ms; its time-out is several times that. */
const beatMs = 2000;

/** What the dispatcher works with. */
export interface DispatchDeps {
  readonly catalog: Catalog;
  readonly access: TargetAccess;
  readonly logs: LogStore;
  readonly secrets: SecretStore;
}

/** A call with the values of its secrets in their places, and what keeps them from being seen. */
interface Opened {
  readonly call: VerbCall;
  readonly values: readonly string[];
  readonly redactor: Redactor;
}

/** @throws PermanentError `secret-unavailable` */
async function opened(call: VerbCall, store: SecretStore, signal: AbortSignal): Promise<Opened> {
  const uses = standing(call.input, call.secrets ?? []);
  const found = await store.values(
    uses.map(({ name }) => name),
    signal,
  );
  const values = [...found.values()];
  return {
    call: { ...call, input: withSecrets(call.input, uses, found) },
    values,
    redactor: createRedactor(values),
  };
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
    beat();
    const timer = local ? null : setInterval(beat, beatMs);
    let redactor: Redactor | null = null;
    try {
      const { call, ...known } = await opened(asked, secrets, context.cancellationSignal);
      ({ redactor } = known);
      const veil = redactor;
      const log = logs.step({
        run: call.run.id,
        step: call.path,
        attempt: info.attempt,
        verb: call.verb,
        secrets: known.values,
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
          pulse = veilPulse(next, veil);
        },
        secrets: known.values,
      });
      // A probe ends well when it is cancelled; stopped with its worker it must go on elsewhere.
      if (call.verb === 'probe' && context.cancellationDetails?.cancelRequested !== true) {
        throw context.cancellationSignal.reason;
      }
      return veilAnswer(call.action, answer, veil);
    } catch (error) {
      if (redactor !== null) veilError(error, redactor);
      beat();
      if (context.cancellationSignal.aborted) throw error;
      throw toApplicationFailure(error);
    } finally {
      if (timer !== null) clearInterval(timer);
    }
  };
}
