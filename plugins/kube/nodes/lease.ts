import type { ActionContext } from '../../../core/action.js';
import { find } from '../api/kubectl.js';
import type { Lease } from '../api/objects.js';

/** A renewal that was seen to happen. */
export interface Renewal {
  /** When the kubelet says that it renewed, by the node's own clock; ms since 1970. */
  readonly at: number;
  /** How far the node's clock is ahead of the worker's, ms; too small by what it took to notice, at most. */
  readonly clockAhead: number;
}

const lookMs = 1000;
/** Kubelets renew after a quarter of the lease's duration, give or take 4 %; a look takes a while too. */
const slackMs = 4000;
const usualSeconds = 40;

/**
 * Waits until the lease of a node is renewed: only a kubelet that lives does that, whereas a condition
 * `Ready` stays as it was until the control plane has noticed. Clocks do not matter to it.
 * @returns null where the lease was not renewed within the time in which every kubelet does.
 */
export async function renewalOf(
  ctx: ActionContext,
  node: string,
): Promise<Renewal | { readonly last: string | null }> {
  const look = (): Promise<Lease | null> =>
    find<Lease>(ctx.target, 'lease', node, 'kube-node-lease');
  const first = await look();
  const last = first?.spec?.renewTime ?? null;
  const seconds = first?.spec?.leaseDurationSeconds ?? usualSeconds;
  const end = ctx.now().getTime() + (seconds * 1000) / 4 + slackMs;
  while (ctx.now().getTime() < end) {
    await ctx.sleep(lookMs);
    const renewed = (await look())?.spec?.renewTime;
    if (renewed !== undefined && renewed !== last) {
      const at = Date.parse(renewed);
      return { at, clockAhead: at - ctx.now().getTime() };
    }
  }
  return { last };
}
