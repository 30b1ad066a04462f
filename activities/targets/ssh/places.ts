/** A number of places; who finds none waits, first come, first served. */
export interface Places {
  /** Takes a place. @throws the signal's reason */
  take(signal?: AbortSignal): Promise<void>;
  /** Takes a place beyond the number, for what must not wait. */
  force(): void;
  release(): void;
  /** Makes the number smaller for good, never below 1. */
  shrink(to: number): void;
  readonly taken: number;
  readonly waiting: number;
}

export function createPlaces(count: number): Places {
  let limit = count;
  let taken = 0;
  const queue: (() => void)[] = [];
  const next = (): void => {
    while (taken < limit && queue.length > 0) {
      taken++;
      queue.shift()?.();
    }
  };
  return {
    take: (signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason as Error);
        const enter = (): void => {
          signal?.removeEventListener('abort', leave);
          resolve();
        };
        const leave = (): void => {
          const at = queue.indexOf(enter);
          if (at === -1) return;
          queue.splice(at, 1);
          reject(signal?.reason as Error);
        };
        signal?.addEventListener('abort', leave, { once: true });
        queue.push(enter);
        next();
      }),
    force: () => {
      taken++;
    },
    release: () => {
      taken--;
      next();
    },
    shrink: (to) => {
      limit = Math.max(1, Math.min(limit, to));
    },
    get taken() {
      return taken;
    },
    get waiting() {
      return queue.length;
    },
  };
}
