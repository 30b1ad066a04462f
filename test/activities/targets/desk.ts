import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readLog, type LogPosition } from '../../../activities/log/read.js';
import { createLogStore, type LogStore } from '../../../activities/log/store.js';
import {
  createTargetAccess,
  type AccessOptions,
  type TargetAccess,
} from '../../../activities/targets/access.js';
import type { Operation } from '../../../activities/targets/operation.js';
import type { ClusterSpec, HostSpec, Inventory } from '../../../core/definition/inventory.js';
import type { LogEntry } from '../../../core/run/log.js';
import type { Target } from '../../../core/target.js';
import type { Sshd } from './sshd.js';

/** A host of the inventory; the worker's own machine unless told otherwise. */
export function hostSpec(name: string, fields: Partial<HostSpec> = {}): HostSpec {
  return {
    kind: 'host',
    name,
    address: null,
    port: 22,
    user: 'root',
    key: null,
    knownHosts: null,
    via: null,
    path: [],
    cluster: null,
    taskQueue: null,
    groups: [],
    vars: {},
    machine: null,
    ...fields,
  };
}

/** A host that an sshd of the test is. */
export function sshSpec(name: string, sshd: Sshd, fields: Partial<HostSpec> = {}): HostSpec {
  const { port, user, key } = sshd;
  return hostSpec(name, { address: '127.0.0.1', port, user, key, ...fields });
}

export function inventoryOf(
  hosts: readonly HostSpec[],
  clusters: readonly ClusterSpec[] = [],
): Inventory {
  return {
    hosts: Object.fromEntries(hosts.map((host) => [host.name, host])),
    clusters: Object.fromEntries(clusters.map((cluster) => [cluster.name, cluster])),
    groups: {},
  };
}

/** What an operation of a test says besides its defaults. */
export type Wish = Partial<Omit<Operation, 'log'>> & { readonly secrets?: readonly string[] };

/** Target access and a log store in a folder of their own. */
export interface Desk {
  readonly folder: string;
  readonly access: TargetAccess;
  readonly logs: LogStore;
  /** Opens a target for an operation: a check of step `step` of run `run` unless told. */
  open(name: string, inventory: Inventory, wish?: Wish): Target;
  /** All that is in the log of the run. */
  log(run?: string): Promise<readonly LogEntry[]>;
  /** Notes in the log of the run. */
  notes(run?: string): Promise<readonly string[]>;
  close(): Promise<void>;
}

let runs = 0;

/** A run that no other test has: what is left on the machine by one does not meet another. */
export function newRun(): string {
  return `test-${process.pid}-${Date.now()}-${++runs}`;
}

/** A desk whose known_hosts holds the keys of some servers. */
export async function openDesk(
  servers: readonly Sshd[] = [],
  options: Partial<AccessOptions> = {},
): Promise<Desk> {
  const folder = await mkdtemp(join(tmpdir(), 'runbook-desk-'));
  const knownHosts = join(folder, 'known_hosts');
  await writeFile(knownHosts, servers.map((server) => server.knownHosts).join(''));
  const access = createTargetAccess({ stateDir: folder, knownHosts, ...options });
  const logs = createLogStore({ dir: join(folder, 'logs') });
  const own = newRun();
  const read = async (run: string): Promise<readonly LogEntry[]> => {
    const entries: LogEntry[] = [];
    for (let after: LogPosition = {}; ;) {
      const page = await readLog(join(folder, 'logs'), run, { after });
      entries.push(...page.entries);
      after = page.position;
      if (page.end) return entries;
    }
  };
  return {
    folder,
    access,
    logs,
    open: (name, inventory, { secrets = [], ...wish } = {}) => {
      const owner = { run: own, step: 'step', verb: 'check', attempt: 1, ...wish } as const;
      const signal = wish.signal ?? new AbortController().signal;
      const log = logs.step({ ...owner, secrets });
      return access.open(name, inventory, { ...owner, signal, log });
    },
    log: (run = own) => read(run),
    notes: async (run = own) =>
      (await read(run)).flatMap((entry) => (entry.kind === 'note' ? [entry.text] : [])),
    close: async () => {
      await access.close();
      await logs.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
