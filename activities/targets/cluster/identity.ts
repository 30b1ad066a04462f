import { PermanentError } from '../../../core/errors.js';

/** What is known about which cluster answers. */
export interface Identities {
  /**
   * Makes sure that a cluster has the UID that the inventory states; asks it at most every 5 minutes.
   * `ask` reads metadata.uid of the namespace kube-system.
   * @throws PermanentError `cluster-mismatch`; what `ask` throws
   */
  confirm(key: string, claim: Claim, ask: () => Promise<string>): Promise<void>;
  /** After trouble with the connection: another cluster may answer next time. */
  forget(key: string): void;
}

export interface Claim {
  readonly cluster: string;
  readonly uid: string;
  /** How it is reached, for the message. */
  readonly way: string;
}

const validMs = 5 * 60_000;

export function createIdentities(now: () => number = () => performance.now()): Identities {
  const known = new Map<string, { readonly answer: Promise<string>; readonly until: number }>();
  return {
    confirm: async (key, { cluster, uid, way }, ask) => {
      let entry = known.get(key);
      if (entry === undefined || entry.until < now()) {
        entry = { answer: ask(), until: now() + validMs };
        known.set(key, entry);
      }
      let answer: string;
      try {
        answer = await entry.answer;
      } catch (error) {
        if (known.get(key) === entry) known.delete(key);
        throw error;
      }
      if (answer === uid) return;
      if (known.get(key) === entry) known.delete(key);
      throw new PermanentError(
        'cluster-mismatch',
        `${cluster}: the cluster that answers over ${way} has the UID ${answer}, and the inventory says ${uid}; nothing was sent`,
        {
          hint: 'Point `kubeconfig` and `context` at the right cluster; where it was made anew, write its new UID into the inventory.',
        },
      );
    },
    forget: (key) => {
      known.delete(key);
    },
  };
}
