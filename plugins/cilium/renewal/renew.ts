import type { ActionContext } from '../../../core/action.js';
import { PermanentError } from '../../../core/errors.js';
import { listing } from '../../kube/listing.js';
import { evict } from '../../kube/pods/eviction.js';
import type { Agent } from '../agent/pods.js';
import { see, stateOf } from './state.js';

const lookMs = 500;

/** Repeats a look until it finds nothing missing. @throws PermanentError `not-settled` when time is up. */
async function until(
  ctx: ActionContext,
  what: string,
  patience: number,
  look: () => Promise<string | null>,
): Promise<void> {
  const end = ctx.now().getTime() + patience;
  for (;;) {
    const missing = await look();
    if (missing === null) return;
    ctx.report(`${what}: ${missing}`);
    if (ctx.now().getTime() >= end) {
      throw new PermanentError('not-settled', `${ctx.target.name}: ${what}: ${missing}`, {
        hint: 'No further agent was touched. Mend it and retry, or undo.',
      });
    }
    await ctx.sleep(lookMs);
  }
}

async function end({ target }: ActionContext, agent: Agent): Promise<void> {
  const { namespace, pod: name, uid } = agent;
  const answer = await evict(target, { metadata: { name, namespace, uid }, spec: {} });
  if (answer.kind === 'refused' || answer.kind === 'impossible') {
    throw new PermanentError('refused', `${target.name}: ${name}: ${answer.message}`, {
      hint: 'See the budgets of the agents, then retry.',
    });
  }
}

/** What is replaced, and how long that may take. */
export interface Renewal {
  /** Pods that are to go in any case. */
  readonly replace: readonly string[];
  /** Whether one that does not answer goes as well. */
  readonly silent: boolean;
  readonly patience: number;
}

/**
 * Replaces the agent of a node where it is to be, when all others are Ready, and waits until it is whole
 * again: well, and with its sessions. Null where nothing was replaced; else for how long sessions were away,
 * which nobody can tell of one that the DaemonSet has replaced.
 */
export async function renew(
  ctx: ActionContext,
  node: string,
  { replace, silent, patience }: Renewal,
): Promise<{ readonly awayMs: number | null } | null> {
  const cluster = ctx.target;
  const first = await see(cluster);
  const old = await stateOf(cluster, first, node, replace);
  const replaced = old.age !== null || (silent && old.silent);
  let endedAt: number | null = null;
  if (replaced && old.agent !== null) {
    await until(ctx, `${node} is next`, patience, async () => {
      const { agents, nodes } = await see(cluster);
      const others = nodes.filter((name) => name !== node && agents.get(name)?.ready !== true);
      return others.length === 0 ? null : `no agent is Ready on ${listing(others)}`;
    });
    if (old.age !== 'template' || !first.newest.rolling) {
      ctx.report(`${node}: ending ${old.agent.pod}`);
      endedAt = ctx.now().getTime();
      await end(ctx, old.agent);
    }
  }
  let upAt: number | null = null;
  await until(ctx, node, patience, async () => {
    const { agent, age, lacks, sinceMs } = await stateOf(
      cluster,
      await see(cluster),
      node,
      replace,
    );
    if (age !== null) return `${agent?.pod ?? ''} is still there`;
    upAt = sinceMs === null ? null : ctx.now().getTime() - sinceMs;
    return lacks;
  });
  if (!replaced) return null;
  return { awayMs: endedAt === null || upAt === null ? null : Math.max(0, upAt - endedAt) };
}
