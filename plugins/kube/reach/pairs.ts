import type { Call } from './calls.js';

/** Calls from one pod to one address. */
export interface Pair {
  /** Name of the pod that asked. */
  readonly from: string;
  /** Name of the pod, or URL, that was asked. */
  readonly to: string;
  readonly calls: number;
  readonly lost: number;
  /** Slowest answered call in ms; null where none was answered. */
  readonly ms: number | null;
  /** Why the last lost call was lost. */
  readonly why: string | null;
}

/** Sums calls up by pair, the worst first: most lost, then slowest. */
export function pairsOf(
  calls: readonly Call[],
  nameOfPod: ReadonlyMap<string, string>,
  nameOfUrl: ReadonlyMap<string, string>,
): Pair[] {
  const pairs = new Map<string, Pair>();
  for (const call of calls) {
    const from = nameOfPod.get(call.from) ?? call.from;
    const to = nameOfUrl.get(call.url) ?? call.url;
    const key = `${from} ${to}`;
    const known = pairs.get(key) ?? { from, to, calls: 0, lost: 0, ms: null, why: null };
    pairs.set(key, {
      ...known,
      calls: known.calls + 1,
      lost: known.lost + (call.ms === null ? 1 : 0),
      ms: call.ms === null ? known.ms : Math.max(known.ms ?? 0, call.ms),
      why: call.why ?? known.why,
    });
  }
  return [...pairs.values()].sort(
    (a, b) =>
      b.lost - a.lost ||
      (b.ms ?? 0) - (a.ms ?? 0) ||
      `${a.from} ${a.to}`.localeCompare(`${b.from} ${b.to}`, 'en'),
  );
}

/** The time within which a part of the answered calls was done; null where none was answered. */
export function within(calls: readonly Call[], part: number): number | null {
  const times = calls.flatMap(({ ms }) => (ms === null ? [] : [ms])).sort((a, b) => a - b);
  return times[Math.max(0, Math.ceil(part * times.length) - 1)] ?? null;
}
