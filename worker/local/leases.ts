import { createHash, randomUUID } from 'node:crypto';
import { link, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileName } from '../../core/file-name.js';
import {
  claim,
  freeLease,
  release,
  type LeaseAnswer,
  type LeaseClaim,
  type LeaseState,
} from '../../core/run/lease.js';

/** Leases among the runs without a server of one state folder. The server's are another matter: nobody sees those. */
export interface LocalLeases {
  /** Asks for a lease; `wait` queues. Asking again is asking once. */
  claim(
    by: Omit<LeaseClaim, 'since' | 'until'> & { readonly resource: string },
    wait: boolean,
  ): Promise<LeaseAnswer>;
  release(resources: readonly string[], run: string): Promise<void>;
}

/** How often somebody else may be quicker before something is wrong. */
const tries = 100;

function codeOf(error: unknown): unknown {
  return (error as NodeJS.ErrnoException).code;
}

/**
 * States of one lease, a file for each: `1.json`, `2.json` and so on; the highest counts. A new one is linked into
 * its place, which fails where somebody else has done so: no lock is needed, and none can be left behind. Old ones
 * stay: whoever was held up for long must not find a number free again.
 */
class LeaseFile {
  readonly #folder: string;
  readonly #resource: string;

  constructor(folder: string, resource: string) {
    const hash = (text: string): string => createHash('sha256').update(text).digest('hex');
    this.#folder = join(folder, fileName(resource, hash));
    this.#resource = resource;
  }

  async #numbers(): Promise<number[]> {
    const names = await readdir(this.#folder);
    return names
      .flatMap((name) => (/^\d+\.json$/.test(name) ? [Number.parseInt(name, 10)] : []))
      .sort((a, b) => b - a);
  }

  async #read(number: number): Promise<LeaseState | null> {
    if (number === 0) return freeLease(this.#resource);
    try {
      return JSON.parse(await readFile(join(this.#folder, `${number}.json`), 'utf8')) as LeaseState;
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return null;
      throw error;
    }
  }

  async #write(number: number, state: LeaseState): Promise<boolean> {
    const draft = join(this.#folder, `${randomUUID()}.draft`);
    await writeFile(draft, JSON.stringify(state), { mode: 0o600, flush: true });
    try {
      await link(draft, join(this.#folder, `${number}.json`));
    } catch (error) {
      if (codeOf(error) === 'EEXIST') return false;
      throw error;
    } finally {
      await rm(draft, { force: true });
    }
    return true;
  }

  /** Changes the state; `change` answers the next one, or the same where there is nothing to change. */
  async update<T>(
    change: (state: LeaseState) => Promise<{ state: LeaseState; answer: T }>,
  ): Promise<T> {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    for (let attempt = 1; attempt <= tries; attempt += 1) {
      const [highest = 0] = await this.#numbers();
      const before = await this.#read(highest);
      if (before === null) continue;
      const { state, answer } = await change(before);
      if (state === before) return answer;
      if (await this.#write(highest + 1, state)) return answer;
    }
    throw new Error(`the lease ${this.#resource} changes all the time: ${this.#folder}`);
  }
}

/** Leases in a folder. `isGone`: whether a run has ended, or is not there any more. */
export function createLocalLeases(
  folder: string,
  isGone: (run: string) => Promise<boolean>,
  now: () => string = () => new Date().toISOString(),
): LocalLeases {
  const living = async (state: LeaseState): Promise<LeaseState> => {
    let next = state;
    for (const { run } of [...state.holders, ...state.queue])
      if (await isGone(run)) next = release(next, run, now());
    return next;
  };
  return {
    claim: ({ resource, ...by }, wait) =>
      new LeaseFile(folder, resource).update(async (state) =>
        claim(await living(state), { ...by, since: now(), until: null }, wait),
      ),
    async release(resources, run) {
      for (const resource of resources) {
        await new LeaseFile(folder, resource).update(async (state) => {
          const next = release(state, run, now());
          const same =
            next.holders.length === state.holders.length &&
            next.queue.length === state.queue.length;
          return { state: same ? state : next, answer: undefined };
        });
      }
    },
  };
}
