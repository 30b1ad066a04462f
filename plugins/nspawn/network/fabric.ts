import { cableOf, macOf, namespaceOf } from '../names.js';

/** A client: a network namespace with one interface in a bridge, and nothing that runs in it. */
export type Client = {
  /** Bridge that its cable is in; null when it has none. */
  readonly bridge: string | null;
  readonly addresses: readonly string[];
  readonly gateway: string | null;
};

/** The network of a lab, as it was found or as it is to be. */
export type Fabric = {
  /** There is a network namespace for it. */
  readonly namespace: boolean;
  /** Addresses of each bridge. */
  readonly bridges: Readonly<Record<string, readonly string[]>>;
  readonly clients: Readonly<Record<string, Client>>;
};

/**
 * One call of `ip -batch` in a network namespace: what there is to do, one command of ip(8) a line.
 */
export interface Batch {
  readonly namespace: string;
  readonly lines: readonly string[];
}

/** The only interface of a client. */
export const clientInterface = 'eth1';

const nothing: Client = { bridge: null, addresses: [], gateway: null };

function bridgeLines(now: Fabric, wanted: Fabric): string[] {
  return Object.entries(wanted.bridges).flatMap(([name, addresses]) => {
    const has = now.bridges[name];
    const first = addresses[0];
    // A fixed address: else a bridge takes another one whenever a cable comes or goes.
    const mac = first === undefined ? '' : ` address ${macOf(first)}`;
    return [
      ...(has === undefined ? [`link add ${name}${mac} type bridge`] : []),
      `link set ${name} up`,
      ...addresses
        .filter((address) => !(has ?? []).includes(address))
        .map((address) => `addr add ${address} brd + dev ${name}`),
    ];
  });
}

/**
 * What has to be added so that everything wanted is there; namespaces first.
 * @param withoutLoopback namespaces that are there, but whose loopback interface is down.
 */
export function additions(
  prefix: string,
  now: Fabric,
  wanted: Fabric,
  withoutLoopback: readonly string[] = [],
): { namespaces: string[]; batches: Batch[] } {
  const clients = Object.entries(wanted.clients);
  const namespaces = [
    ...(now.namespace ? [] : [prefix]),
    ...clients
      .filter(([name]) => now.clients[name] === undefined)
      .map(([name]) => namespaceOf(prefix, name)),
  ];
  const cables = clients.flatMap(([name, client]) => {
    const { bridge } = now.clients[name] ?? nothing;
    if (bridge === client.bridge || client.bridge === null) return [];
    const cable = cableOf(name, clientInterface);
    const mac = client.addresses[0] === undefined ? '' : ` address ${macOf(client.addresses[0])}`;
    const peer = `peer name ${clientInterface}${mac} netns ${namespaceOf(prefix, name)}`;
    return [
      ...(bridge === null ? [`link add ${cable} type veth ${peer}`] : []),
      `link set ${cable} master ${client.bridge} up`,
    ];
  });
  const loopback = (namespace: string): string[] =>
    [...namespaces, ...withoutLoopback].includes(namespace) ? ['link set lo up'] : [];
  const insides = clients.map(([name, client]): Batch => {
    const has = now.clients[name] ?? nothing;
    const namespace = namespaceOf(prefix, name);
    return {
      namespace,
      lines: [
        ...loopback(namespace),
        ...(client.bridge === null ? [] : [`link set ${clientInterface} up`]),
        ...client.addresses
          .filter((address) => !has.addresses.includes(address))
          .map((address) => `addr add ${address} brd + dev ${clientInterface}`),
        ...(client.gateway === null ? [] : [`route replace default via ${client.gateway}`]),
      ],
    };
  });
  return {
    namespaces,
    batches: [
      { namespace: prefix, lines: [...loopback(prefix), ...bridgeLines(now, wanted), ...cables] },
      ...insides,
    ],
  };
}

/**
 * What has to be removed so that of the `named` things only those in `kept` are there; whole
 * namespaces last. A namespace that goes takes its interfaces, and the other ends of its cables,
 * with it.
 */
export function removals(
  prefix: string,
  now: Fabric,
  kept: Fabric,
  named: Fabric,
): { namespaces: string[]; batches: Batch[] } {
  const clientNames = Object.keys(now.clients).filter((name) => named.clients[name] !== undefined);
  const goneClients = clientNames.filter((name) => kept.clients[name] === undefined);
  if (!kept.namespace) {
    return {
      namespaces: [
        ...goneClients.map((name) => namespaceOf(prefix, name)),
        ...(now.namespace ? [prefix] : []),
      ],
      batches: [],
    };
  }
  const fabric: string[] = [];
  const insides: Batch[] = [];
  for (const name of clientNames) {
    const was = kept.clients[name];
    const is = now.clients[name] ?? nothing;
    if (was === undefined) continue;
    if (was.bridge === null && is.bridge !== null) {
      fabric.push(`link del ${cableOf(name, clientInterface)}`);
      continue;
    }
    const lines = [
      ...is.addresses
        .filter((address) => !was.addresses.includes(address))
        .map((address) => `addr del ${address} dev ${clientInterface}`),
      ...(was.gateway === null && is.gateway !== null
        ? [`route del default via ${is.gateway}`]
        : []),
    ];
    if (lines.length > 0) insides.push({ namespace: namespaceOf(prefix, name), lines });
  }
  for (const [name, addresses] of Object.entries(now.bridges)) {
    const mine = named.bridges[name];
    if (mine === undefined) continue;
    const was = kept.bridges[name];
    if (was === undefined) fabric.push(`link del ${name}`);
    else {
      for (const address of addresses) {
        if (mine.includes(address) && !was.includes(address)) {
          fabric.push(`addr del ${address} dev ${name}`);
        }
      }
    }
  }
  return {
    namespaces: goneClients.map((name) => namespaceOf(prefix, name)),
    batches: [...insides, ...(fabric.length === 0 ? [] : [{ namespace: prefix, lines: fabric }])],
  };
}

/** What is missing, for people; null when everything wanted is there. */
export function missing(now: Fabric, wanted: Fabric): string | null {
  if (!now.namespace) return 'there is no network namespace';
  const lacks = [
    ...Object.entries(wanted.bridges).flatMap(([name, addresses]) => {
      const has = now.bridges[name];
      if (has === undefined) return [`bridge ${name}`];
      return addresses.filter((each) => !has.includes(each)).map((each) => `${each} on ${name}`);
    }),
    ...Object.entries(wanted.clients).flatMap(([name, client]) => {
      const has = now.clients[name];
      if (has === undefined) return [`client ${name}`];
      return [
        ...(client.bridge === has.bridge ? [] : [`cable of ${name} to ${client.bridge}`]),
        ...client.addresses.filter((a) => !has.addresses.includes(a)).map((a) => `${a} on ${name}`),
        ...(client.gateway === has.gateway ? [] : [`route of ${name} via ${client.gateway}`]),
      ];
    }),
  ];
  return lacks.length === 0 ? null : `there is no ${lacks.join(', no ')}`;
}
