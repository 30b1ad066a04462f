import { mkdirSync } from 'node:fs';
import { startProxy, type Proxy } from '../../activities/targets/proxy.js';
import type { Rig } from '../rig.js';
import { Network } from './network.js';
import { port, Sshd, type Wants } from './sshd.js';

/** A host of the run's own, over ssh and a network that can be broken. */
export interface Far {
  /** Name in the inventory. */
  readonly name: string;
  readonly network: Network;
  /** One at each seat of the network. */
  readonly seats: readonly [Sshd, ...Sshd[]];
  /** What its connections go through, where the inventory has `through`; else nothing does. */
  readonly proxy: Proxy;
}

/** How a host is to be. */
export interface FarWishes extends Wants {
  /** Its connections go through a proxy of ours. */
  readonly through?: boolean;
  /** Its address can move to another seat. */
  readonly movable?: boolean;
  /** How many names it has in the inventory, each with connections of its own; `<name>-2` and so on. */
  readonly names?: number;
}

interface Entry {
  readonly address: string;
  readonly port: number;
  readonly key: string;
  readonly knownHosts: string;
}

async function open(
  rig: Rig,
  name: string,
  wishes: FarWishes,
  entries: Record<string, Entry>,
): Promise<Far> {
  const network = await Network.open(wishes.movable === true ? 2 : 1);
  const [first = '', second] = network.namespaces;
  const folder = rig.bench.path('far', name);
  mkdirSync(folder, { recursive: true });
  const sshd = await Sshd.make(folder, first, network.address, wishes);
  const seats = [sshd, ...(second === undefined ? [] : [sshd.at(second)])] as const;
  for (const seat of seats) await seat.begin();
  const proxy = await startProxy(port, network.address);
  rig.surround(async () => {
    await proxy.close();
    for (const seat of seats) await seat.die();
    await network.close();
  });
  const address = wishes.through === true ? '127.0.0.1' : network.address;
  const at = wishes.through === true ? proxy.port : port;
  for (let one = 1; one <= (wishes.names ?? 1); one += 1) {
    const known = one === 1 ? name : `${name}-${one}`;
    const knownHosts = `far/${name}/known_hosts-${one}`;
    const shown = at === 22 ? address : `[${address}]:${at}`;
    rig.bench.write(knownHosts, `${shown} ${sshd.hostKey}\n`);
    entries[known] = { address, port: at, key: sshd.key, knownHosts: rig.bench.path(knownHosts) };
  }
  return { name, network, seats, proxy };
}

/** Sets up hosts, and writes them into the inventory of the rig; they go when the rig is closed. */
export async function openFar(rig: Rig, wishes: Record<string, FarWishes>): Promise<Far[]> {
  const entries: Record<string, Entry> = {};
  const hosts: Far[] = [];
  for (const [name, wish] of Object.entries(wishes))
    hosts.push(await open(rig, name, wish, entries));
  rig.bench.write('inventory.yaml', JSON.stringify({ apiVersion: 'runbook/v1', hosts: entries }));
  return hosts;
}
