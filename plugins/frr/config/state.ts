import { isEnabled } from './daemons.js';
import type { FileFound, Layout } from './layout.js';
import type { Router } from './router.js';
import { runningSum } from './text.js';

/** What undo needs: how the router was configured, and which daemons ran. */
export type Before = {
  /** Sum of the running configuration; null where FRR did not run. */
  readonly running: string | null;
  readonly conf: FileFound | null;
  readonly daemons: FileFound | null;
  /** Daemons that ran. */
  readonly active: readonly string[];
};

/** A router as it is seen at one moment. */
export interface Seen {
  readonly layout: Layout;
  readonly active: readonly string[];
  /** The running configuration; null where FRR does not run. */
  readonly running: string | null;
  readonly before: Before;
}

/** Looks at files, daemons and the running configuration; changes nothing. */
export async function see(router: Router): Promise<Seen> {
  const layout = await router.look();
  const active = await router.daemons();
  const running = active.length === 0 ? null : await router.running();
  const { conf, daemons } = layout;
  const sum = running === null ? null : runningSum(running);
  return { layout, active, running, before: { running: sum, conf, daemons, active } };
}

/** Daemons that are wanted, but not started by FRR's own script, or not running. */
export function lackingDaemons(
  { layout, active }: Seen,
  wanted: readonly string[],
): { readonly disabled: readonly string[]; readonly stopped: readonly string[] } {
  return {
    disabled: wanted.filter((daemon) => !isEnabled(layout.daemonsText, daemon)),
    stopped: wanted.filter((daemon) => !active.includes(daemon)),
  };
}
