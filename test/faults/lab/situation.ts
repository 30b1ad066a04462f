import type { Lab } from './lab.js';
import { hopsOf } from './sights.js';

/** What a maintenance must leave as it was, as kubectl and the router tell it. */
export interface Situation {
  /** What a run has put back before it says so: nodes, sessions, routes and claims, by name. */
  readonly firm: Readonly<Record<string, string>>;
  /** What follows from it by itself a moment later: taints, pods. */
  readonly slow: Readonly<Record<string, string>>;
}

interface Meta {
  readonly name: string;
  readonly namespace?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly deletionTimestamp?: string;
}
interface Listed<Item> {
  readonly items: readonly (Item & { readonly metadata: Meta })[];
}
interface Node {
  readonly spec: {
    readonly unschedulable?: boolean;
    readonly taints?: readonly { readonly key: string; readonly effect: string }[];
  };
  readonly status: {
    readonly conditions: readonly { readonly type: string; readonly status: string }[];
  };
}
interface Deployment {
  readonly spec: { readonly replicas: number };
  readonly status: { readonly readyReplicas?: number; readonly replicas?: number };
}
interface Summary {
  readonly peers: Readonly<Record<string, { readonly state: string }>>;
}
interface Table {
  readonly routes: Readonly<
    Record<
      string,
      readonly {
        readonly valid?: boolean;
        readonly stale?: boolean;
        readonly nexthops?: readonly { readonly ip?: string }[];
      }[]
    >
  >;
}

async function list<Item>(lab: Lab, ...what: readonly string[]): Promise<Listed<Item>['items']> {
  const text = await lab.kubectl('get', ...what, '-o=json');
  return (JSON.parse(text) as Listed<Item>).items;
}

async function onRouter<Answer>(lab: Lab, command: string): Promise<Answer> {
  return JSON.parse(await lab.router(`vtysh -c '${command} json'`)) as Answer;
}

function nodeFacts({ metadata, spec, status }: Node & { readonly metadata: Meta }): string {
  const ready = status.conditions.find(({ type }) => type === 'Ready')?.status;
  const labels = Object.entries(metadata.labels ?? {}).map(([key, value]) => `${key}=${value}`);
  const schedulable = spec.unschedulable === true ? 'cordoned' : 'schedulable';
  return [schedulable, `ready: ${ready}`, ...labels.sort()].join(', ');
}

/** Looks at everything. */
export async function situationOf(lab: Lab): Promise<Situation> {
  const [nodes, deployments, pods, claims, { peers }, { routes }, kernel] = await Promise.all([
    list<Node>(lab, 'nodes'),
    list<Deployment>(lab, 'deployments', '--all-namespaces'),
    list<object>(lab, 'pods', '--all-namespaces'),
    lab.kubectl('get', 'leases', '--namespace=medik8s-leases', '-o=name'),
    onRouter<Summary>(lab, 'show bgp ipv4 unicast summary'),
    onRouter<Table>(lab, 'show bgp ipv4 unicast'),
    lab.router('ip -j route show proto bgp'),
  ]);
  const firm: [string, string][] = [
    ...nodes.map((node): [string, string] => [`node ${node.metadata.name}`, nodeFacts(node)]),
    ['claims', claims.trim()],
    ...Object.entries(peers).map(([peer, { state }]): [string, string] => [`peer ${peer}`, state]),
    ...Object.entries(routes).map(([prefix, paths]): [string, string] => {
      const good = paths.filter(({ valid, stale }) => valid === true && stale !== true);
      const hops = good.flatMap(({ nexthops = [] }) => nexthops.map(({ ip = '' }) => ip));
      return [`prefix ${prefix}`, hops.sort().join(', ')];
    }),
    ...Object.entries(hopsOf(kernel)).map(([dst, hops]): [string, string] => [
      `route ${dst}`,
      hops.join(', '),
    ]),
  ];
  const leaving = pods.filter(({ metadata }) => metadata.deletionTimestamp !== undefined);
  const slow: [string, string][] = [
    ...nodes.map(({ metadata, spec }): [string, string] => {
      const taints = (spec.taints ?? []).map(({ key, effect }) => `${key}:${effect}`);
      return [`taints of ${metadata.name}`, taints.sort().join(', ')];
    }),
    ...deployments.map(({ metadata, spec, status }): [string, string] => {
      const { readyReplicas = 0, replicas = 0 } = status;
      const name = `deployment ${metadata.namespace}/${metadata.name}`;
      return [name, `${readyReplicas} ready, ${replicas} there, of ${spec.replicas}`];
    }),
    ['pods that end', leaving.map(({ metadata }) => metadata.name).join(', ')],
  ];
  return { firm: Object.fromEntries(firm), slow: Object.fromEntries(slow) };
}

/** What differs, in words. */
export function differences(
  before: Readonly<Record<string, string>>,
  after: Readonly<Record<string, string>>,
): string[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  return names.flatMap((name) =>
    before[name] === after[name]
      ? []
      : [`${name}: ${after[name] ?? 'not there'}, and was ${before[name] ?? 'not there'}`],
  );
}
