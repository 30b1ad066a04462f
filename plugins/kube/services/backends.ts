import type { Meta } from '../api/objects.js';

/** The parts of an EndpointSlice that tell of backends. */
export interface EndpointSlice {
  readonly metadata: Meta;
  readonly endpoints?:
    | readonly {
        readonly nodeName?: string;
        readonly conditions?: { readonly ready?: boolean };
      }[]
    | null;
}

/** Ready backends per node, of the slices of one service. */
export function readyBackends(slices: readonly EndpointSlice[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { nodeName, conditions } of slices.flatMap(({ endpoints }) => endpoints ?? [])) {
    // A condition that is not told counts as true (API of discovery.k8s.io/v1).
    if (conditions?.ready === false || nodeName === undefined) continue;
    counts.set(nodeName, (counts.get(nodeName) ?? 0) + 1);
  }
  return counts;
}
