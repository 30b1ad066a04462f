import type { Sight } from './deeds.js';

// How kubectl and the router tell what they see, a line each; kubectl pads what a tab would part.

function template(...paths: readonly string[]): string {
  const fields = ['.type', '.object.metadata.resourceVersion', ...paths];
  return `-o=jsonpath=${fields.map((path) => `{${path}}`).join('|')}{"\\n"}`;
}

const watching = ['--watch', '--output-watch-events'] as const;

/** Arguments of kubectl by which it tells of all changes of some kind of object. */
export const watches = {
  nodes: [
    'get',
    'nodes',
    ...watching,
    template(
      '.object.metadata.name',
      '.object.spec.unschedulable',
      '.object.metadata.labels.enable-bgp',
      '.object.status.nodeInfo.bootID',
    ),
  ],
  pods: [
    'get',
    'pods',
    '--all-namespaces',
    ...watching,
    template(
      '.object.metadata.name',
      '.object.spec.nodeName',
      '.object.metadata.ownerReferences[0].kind',
      '.object.metadata.deletionTimestamp',
    ),
  ],
  claims: [
    'get',
    'leases',
    '--namespace=medik8s-leases',
    ...watching,
    template('.object.metadata.name', '.object.spec.holderIdentity'),
  ],
} as const satisfies Record<string, readonly string[]>;

/** Reads a line of one of these watches. */
export function sightOf(kind: keyof typeof watches, line: string): Sight {
  const [type = '', number, name = '', second = '', third = '', fourth = ''] = line.split('|');
  const version = Number(number);
  if (!Number.isInteger(version) || name === '') throw new Error(`not told by a watch: ${line}`);
  switch (kind) {
    case 'nodes':
      return {
        of: 'node',
        version,
        name,
        schedulable: second !== 'true',
        selected: third === 'true',
        boot: fourth,
      };
    case 'pods':
      return {
        of: 'pod',
        version,
        name,
        node: second,
        // Those of a DaemonSet, and static ones, whose owner is the node.
        stays: third === 'DaemonSet' || third === 'Node',
        leaving: fourth !== '',
        gone: type === 'DELETED',
      };
    case 'claims': {
      const holder = type === 'DELETED' || second === '' ? null : second;
      return { of: 'claim', version, node: name.replace(/^node-/, ''), holder };
    }
  }
}

/** Script for the router: prints its routes by BGP as JSON, whenever they are others than before. */
export const routesWatch =
  'last=; while sleep 0.2; do now=$(ip -j route show proto bgp); [ "$now" = "$last" ] || echo "$now"; last=$now; done';

/** A route as `ip -j route` tells it. */
interface Route {
  readonly dst: string;
  readonly gateway?: string;
  readonly nexthops?: readonly { readonly gateway?: string }[];
}

/** Next hops of each route, sorted, by destination. */
export function hopsOf(json: string): Record<string, string[]> {
  const routes = JSON.parse(json) as readonly Route[];
  return Object.fromEntries(
    routes.map(({ dst, gateway, nexthops = [] }) => [
      dst,
      [gateway, ...nexthops.map((hop) => hop.gateway)].filter((one) => one !== undefined).sort(),
    ]),
  );
}

/** Reads a line of the watch on the router. */
export function routesOf(line: string): Sight {
  return { of: 'routes', hops: [...new Set(Object.values(hopsOf(line)).flat())] };
}
