import { callee, planHash, problemsOf, type Library } from '../../activities/definition.js';
import type { Catalog } from '../../activities/catalog.js';
import type { LogStore } from '../../activities/log/store.js';
import { deliver, type NotifyDeps } from '../../activities/notify/notify.js';
import { perform } from '../../activities/perform.js';
import { withOpened } from '../../activities/secrets/opened.js';
import type { SecretStore } from '../../activities/secrets/store.js';
import { veilPulse } from '../../activities/secrets/veil.js';
import type { TargetAccess } from '../../activities/targets/access.js';
import { verifySignature } from '../../activities/votes/verify.js';
import type { RunRecord } from '../../core/record.js';
import type { VerbRequest } from '../../core/run/engine.js';
import type { Fence } from '../../core/run/lease.js';
import { surroundings, type RunRequest, type VerbCall } from '../../core/run/request.js';
import type { Doing } from './call.js';
import type { World } from './engine.js';
import type { LocalLeases } from './leases.js';

/** What acts for a run without a server: the same parts that serve the activities of a worker. */
export interface WorldDeps {
  readonly run: string;
  readonly startedAt: string;
  readonly request: RunRequest;
  readonly catalog: Catalog;
  readonly access: TargetAccess;
  readonly logs: LogStore;
  readonly secrets: SecretStore;
  readonly library: Library;
  readonly leases: LocalLeases;
  archive(record: RunRecord): Promise<void>;
  readonly notify: NotifyDeps;
}

/** The real world of a run without a server. */
export function createWorld(deps: WorldDeps): World {
  const { run, startedAt, request, catalog, library, leases } = deps;
  const around = surroundings(request);
  const callOf = (asked: VerbRequest, fences: readonly Fence[]): VerbCall => ({
    ...asked,
    fences,
    run: { id: run, startedAt, user: request.user },
    inventory: request.inventory,
  });
  // What comes back, and so the journal, holds no secret.
  const doIt = (asked: VerbCall, { attempt, signal, pulse, last }: Doing) =>
    withOpened(asked, deps.secrets, signal, (call, { values, redactor }) => {
      const { path: step, verb } = call;
      const log = deps.logs.step({ run, step, attempt, verb, secrets: values });
      return perform(catalog, call, {
        number: attempt,
        signal,
        last,
        pulse: (next) => pulse(veilPulse(next, redactor)),
        secrets: values,
        open: (name) =>
          deps.access.open(name, call.inventory, {
            run,
            step,
            verb,
            attempt,
            signal,
            leases: call.fences,
            log,
          }),
      });
    });
  return {
    perform: (asked, fences, doing) => doIt(callOf(asked, fences), doing),
    // The first command of a later attempt stops what earlier ones have left, whatever the verb.
    stop: async (asked, _fences, doing) => {
      await doIt(callOf({ ...asked, verb: 'check' }, []), doing);
    },
    problems: (action, io, value) => problemsOf(catalog, action, io, value),
    callee: (name, inputs) => callee(catalog, library, name, inputs, around),
    planHash: (plan) => {
      const { definitionHash, inventory, files } = request;
      return planHash({ definitionHash, inventory, files }, plan);
    },
    verifySignature,
    claim: (wish, wait) =>
      leases.claim({ ...wish, run, user: request.user, purpose: request.runbook.name }, wait),
    release: (resources) => leases.release(resources, run),
    archive: (record) => deps.archive(record),
    tell: (event, receiver, signal) => deliver(deps.notify, event, receiver, signal),
  };
}
