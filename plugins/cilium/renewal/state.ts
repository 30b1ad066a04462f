import type { Target } from '../../../core/target.js';
import { list } from '../../kube/api/kubectl.js';
import type { Node } from '../../kube/api/objects.js';
import { forEach } from '../agent/ask.js';
import { agentsOf, type Agent } from '../agent/pods.js';
import { unwell } from '../agent/wellness.js';
import { nodeConfigs } from '../bgp/resources.js';
import { peersOf } from '../bgp/session.js';
import { ageOf, newestOf, type Newest } from './age.js';

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
  /** Null between two pods. */
  readonly agent: Agent | null;
  /** Why it is to be replaced; null where it is not. */
  readonly age: 'config' | 'template' | 'asked' | null;
  /** Whether it does not answer: nobody can tell what it runs with. */
  readonly silent: boolean;
  /** What one that need not be replaced is short of, as text; null: nothing. */
  readonly lacks: string | null;
  /** Time since the last of its sessions came up; null where it has none. */
  readonly sinceMs: number | null;
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

type Whole = Pick<State, 'lacks' | 'sinceMs'>;

async function sessions(cluster: Target, { speaking }: Seen, agent: Agent): Promise<Whole> {
  if (!speaking.has(agent.node)) return { lacks: null, sinceMs: null };
  const peers = await peersOf(cluster, agent);
  if (peers.told === undefined) {
    return { lacks: `the agent does not answer: ${peers.silence}`, sinceMs: null };
  }
  if (peers.told.length === 0) return { lacks: 'it has no BGP peers yet', sinceMs: null };
  const down = peers.told.filter(({ state }) => state !== 'established');
  const lacks = down.map(({ address, state }) => `${address} is ${state}`).join(', ');
  const sinceMs = Math.min(...peers.told.map((peer) => peer.sinceMs));
  return lacks === '' ? { lacks: null, sinceMs } : { lacks, sinceMs: null };
}

/** How the agent of a node is, asked itself; `replace` are pods that are to go in any case. */
export async function stateOf(
  cluster: Target,
  seen: Seen,
  node: string,
  replace: readonly string[],
): Promise<State> {
  const agent = seen.agents.get(node) ?? null;
  const plain = { node, agent, age: null, silent: false, lacks: null, sinceMs: null };
  if (agent === null) return { ...plain, lacks: 'there is no agent pod' };
  if (replace.includes(agent.pod)) return { ...plain, age: 'asked' };
  const age = await ageOf(cluster, seen.newest, agent);
  if (age.told === undefined) {
    const lacks = await unwell(cluster, agent);
    return { ...plain, silent: true, lacks: lacks ?? age.silence };
  }
  if (age.told !== null) return { ...plain, age: age.told };
  const lacks = await unwell(cluster, agent);
  return lacks === null
    ? { ...plain, ...(await sessions(cluster, seen, agent)) }
    : { ...plain, lacks };
}

/** How the agents of some nodes are. */
export function statesOf(
  cluster: Target,
  seen: Seen,
  nodes: readonly string[],
  replace: readonly string[],
): Promise<State[]> {
  return forEach(nodes, (node) => stateOf(cluster, seen, node, replace));
}
