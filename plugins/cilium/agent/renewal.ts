import type { ActionContext } from '../../../core/action.js';
import { PermanentError } from '../../../core/errors.js';
import type { Target } from '../../../core/target.js';
import { list } from '../../kube/api/kubectl.js';
import type { Node } from '../../kube/api/objects.js';
import { listing } from '../../kube/listing.js';
import { evict } from '../../kube/pods/eviction.js';
import { nodeConfigs } from '../bgp/resources.js';
import { peersOf } from '../bgp/session.js';
import { agedBy, newestOf, type Newest } from './age.js';
import { forEach } from './ask.js';
import { agentsOf, type Agent } from './pods.js';
import { unwell } from './wellness.js';

/** The agents of a cluster, and what they are measured by. */
export interface Seen {
  readonly newest: Newest;
  readonly agents: ReadonlyMap<string, Agent>;
  /** All nodes, by name. */
  readonly nodes: readonly string[];
  /** Nodes that are selected for BGP. */
  readonly speaking: ReadonlySet<string>;
}

/** How the agent of a node is. */
export interface State {
  readonly node: string;
  /** Why it is to be replaced; null where it is not. */
  readonly age: 'config' | 'template' | 'asked' | null;
  /** What one that need not be replaced is short of, as text; null: nothing. */
  readonly lacks: string | null;
}

/** Looks at the agents of a cluster; asks none of them. */
export async function see(cluster: Target): Promise<Seen> {
  const nodes = await list<Node>(cluster, 'nodes', []);
  return {
    newest: await newestOf(cluster),
    agents: await agentsOf(cluster),
    nodes: nodes.map(({ metadata }) => metadata.name).sort(),
    speaking: new Set((await nodeConfigs(cluster)).map(({ metadata }) => metadata.name)),
  };
}

/** Nodes whose agent is older than what is configured. */
export function outdated({ nodes, agents, newest }: Seen): string[] {
  return nodes.filter((node) => {
    const agent = agents.get(node);
    return agent !== undefined && agedBy(newest, agent) !== null;
  });
}

function ageOf({ newest }: Seen, agent: Agent, replace: readonly string[]): State['age'] {
  return agedBy(newest, agent) ?? (replace.includes(agent.pod) ? 'asked' : null);
}

/** Time since the last session of an agent came up, or what is missing. */
interface Sessions {
  readonly lacks: string | null;
  /** Null where it has none. */
  readonly sinceMs: number | null;
}

async function sessions(cluster: Target, { speaking }: Seen, agent: Agent): Promise<Sessions> {
  if (!speaking.has(agent.node)) return { lacks: null, sinceMs: null };
  const peers = await peersOf(cluster, agent);
  if (peers.told === undefined) {
    return { lacks: `the agent does not answer: ${peers.silence}`, sinceMs: null };
  }
  if (peers.told.length === 0) return { lacks: 'it has no BGP peers yet', sinceMs: null };
  const down = peers.told.filter(({ state }) => state !== 'established');
  const lacks = down.map(({ address, state }) => `${address} is ${state}`).join(', ');
  return {
    lacks: lacks === '' ? null : lacks,
    sinceMs: Math.min(...peers.told.map(({ sinceMs }) => sinceMs)),
  };
}

async function whole(cluster: Target, seen: Seen, agent: Agent | undefined): Promise<Sessions> {
  if (agent === undefined) return { lacks: 'there is no agent pod', sinceMs: null };
  const lacks = await unwell(cluster, agent);
  return lacks === null ? sessions(cluster, seen, agent) : { lacks, sinceMs: null };
}

/** How the agents of some nodes are, each asked itself; those that are to be replaced are not asked. */
export function states(
  cluster: Target,
  seen: Seen,
  nodes: readonly string[],
  replace: readonly string[],
): Promise<State[]> {
  return forEach(nodes, async (node) => {
    const agent = seen.agents.get(node);
    const age = agent === undefined ? null : ageOf(seen, agent, replace);
    if (age !== null) return { node, age, lacks: null };
    return { node, age, lacks: (await whole(cluster, seen, agent)).lacks };
  });
}

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

interface Patience {
  readonly replace: readonly string[];
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
  { replace, patience }: Patience,
): Promise<{ readonly awayMs: number | null } | null> {
  const cluster = ctx.target;
  const first = await see(cluster);
  const old = first.agents.get(node);
  const age = old === undefined ? null : ageOf(first, old, replace);
  let endedAt: number | null = null;
  if (old !== undefined && age !== null) {
    await until(ctx, `${node} is next`, patience, async () => {
      const { agents, nodes } = await see(cluster);
      const others = nodes.filter((name) => name !== node && agents.get(name)?.ready !== true);
      return others.length === 0 ? null : `no agent is Ready on ${listing(others)}`;
    });
    if (age !== 'template' || !first.newest.rolling) {
      ctx.report(`${node}: ending ${old.pod}`);
      endedAt = ctx.now().getTime();
      const { namespace, pod: name, uid } = old;
      const answer = await evict(cluster, { metadata: { name, namespace, uid }, spec: {} });
      if (answer.kind === 'refused' || answer.kind === 'impossible') {
        throw new PermanentError('refused', `${cluster.name}: ${name}: ${answer.message}`, {
          hint: 'See the budgets of the agents, then retry.',
        });
      }
    }
  }
  let upAt = 0;
  await until(ctx, node, patience, async () => {
    const seen = await see(cluster);
    const agent = seen.agents.get(node);
    if (agent !== undefined && ageOf(seen, agent, replace) !== null) return `${agent.pod} is there`;
    const { lacks, sinceMs } = await whole(cluster, seen, agent);
    upAt = sinceMs === null ? 0 : ctx.now().getTime() - sinceMs;
    return lacks;
  });
  if (age === null) return null;
  return { awayMs: endedAt === null || upAt === 0 ? null : Math.max(0, upAt - endedAt) };
}
