import type { VerbAnswer } from '../../core/run/engine.js';
import type { VerbCall } from '../../core/run/request.js';
import { standing, withSecrets } from '../../core/run/secrets.js';
import { createRedactor, type Redactor } from '../log/redact.js';
import type { SecretStore } from './store.js';
import { veilAnswer, veilError } from './veil.js';

/** The secrets of a call, while it is carried out. */
export interface Opened {
  readonly values: readonly string[];
  readonly redactor: Redactor;
}

/**
 * Carries out a call with the values of its secrets in their places; what comes of it holds none of them.
 * @throws PermanentError `secret-unavailable`, `secret-exposed`; what `work` throws
 */
export async function withOpened(
  call: VerbCall,
  store: SecretStore,
  signal: AbortSignal,
  work: (call: VerbCall, opened: Opened) => Promise<VerbAnswer>,
): Promise<VerbAnswer> {
  const { secrets = [], ...rest } = call;
  const uses = standing(call.input, secrets);
  if (uses.length === 0) return work(rest, { values: [], redactor: createRedactor([]) });
  const names = uses.map(({ name }) => name);
  const found = await store.values(names, signal);
  const values = [...found.values()];
  const redactor = createRedactor(values);
  try {
    const input = withSecrets(call.input, uses, found);
    return veilAnswer(call.action, await work({ ...rest, input }, { values, redactor }), redactor);
  } catch (error) {
    veilError(error, redactor);
    throw error;
  }
}
