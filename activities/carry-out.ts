import type { VerbAnswer } from '../core/run/engine.js';
import type { Pulse, VerbCall } from '../core/run/request.js';
import type { Catalog } from './catalog.js';
import type { LogStore } from './log/store.js';
import { perform } from './perform.js';
import { withOpened, type Opened } from './secrets/opened.js';
import type { SecretStore } from './secrets/store.js';
import { veilPulse } from './secrets/veil.js';
import type { TargetAccess } from './targets/access.js';

/** What calls are carried out with. */
export interface CarryOutDeps {
  readonly catalog: Catalog;
  readonly access: TargetAccess;
  readonly logs: LogStore;
  readonly secrets: SecretStore;
}

/** One attempt at a call. */
export interface Doing {
  /** 1 for the first; more when a worker was lost. */
  readonly attempt: number;
  /** Aborted when the attempt is to end; its reason is thrown. */
  readonly signal: AbortSignal;
  /** What the attempt before had told last. */
  readonly last: Pulse | null;
  /** True once the attempt was ended for another to go on. Never unless told. */
  leaves?(): boolean;
  /** Tells how it stands. */
  pulse(pulse: Pulse): void;
}

/**
 * Carries out a call on its target, with its secrets in their places and its log beside it.
 * @throws RunbookError of any class; the signal's reason when it was aborted
 */
export async function carryOut(
  { catalog, access, logs, secrets }: CarryOutDeps,
  asked: VerbCall,
  { attempt, signal, last, pulse, leaves = () => false }: Doing,
): Promise<VerbAnswer> {
  const work = (call: VerbCall, { values, redactor }: Opened): Promise<VerbAnswer> => {
    const { path: step, inventory, fences: leases } = call;
    const run = call.run.id;
    const log = logs.step({ run, step, attempt, verb: call.verb, secrets: values });
    return perform(catalog, call, {
      number: attempt,
      signal,
      last,
      leaves,
      open: (name, verb, once) => {
        const operation = { run, step, verb, attempt, signal, leases, log };
        return access.open(name, inventory, {
          ...operation,
          ...(once === null ? {} : { once }),
        });
      },
      pulse: (next) => pulse(veilPulse(next, redactor)),
      secrets: values,
    });
  };
  return await withOpened(asked, secrets, signal, work);
}
