import type { ClusterSpec, HostSpec, Inventory } from '../../core/definition/inventory.js';
import { PermanentError } from '../../core/errors.js';
import { localHost } from '../../core/run/frame.js';
import type { Target } from '../../core/target.js';
import { createIdentities } from './cluster/identity.js';
import { createKubeconfigs } from './cluster/kubeconfig.js';
import { createClusterTarget, wayOf, type ClusterWay } from './cluster/target.js';
import { createHostTarget } from './host.js';
import { createLocalShell } from './local.js';
import { namespaceFile, namespaceIdentity, namespaceOf } from './namespace.js';
import { createOperations, type Operation } from './operation.js';
import { createRunner, type Runner } from './runner.js';
import type { Shell } from './shell.js';
import { endpointOf } from './ssh/endpoint.js';
import { createPool } from './ssh/pool.js';
import { createSshShell } from './ssh/shell.js';

export type { Operation } from './operation.js';

/** How targets are reached. */
export interface AccessOptions {
  /** Folder for files of this worker, such as copies of kubeconfigs. */
  readonly stateDir: string;
  /** File with the host keys, for hosts that name none of their own. */
  readonly knownHosts: string | null;
  /** Tells servers apart that act on the same targets, so that equal run ids do not meet; empty unless told. */
  readonly scope?: string;
  /** Folders searched for tools on this machine, after those of the target and before the usual ones; none unless told. */
  readonly path?: readonly string[];
  /** A connection that nobody used for so long is closed, ms; 5 minutes unless told. */
  readonly idleMs?: number;
}

/** Opens targets, and keeps their connections warm. */
export interface TargetAccess {
  /**
   * A target of the inventory, to run commands on behalf of an operation; `local` is always there.
   * Nothing is connected before the first command.
   * @throws PermanentError `target-unknown`
   */
  open(name: string, inventory: Inventory, operation: Operation): Target;
  /** Closes all connections; ends within some seconds. */
  close(): Promise<void>;
}

/** What kubeadm leaves on a control plane. */
const adminConf = '/etc/kubernetes/admin.conf';

function unknown(name: string): PermanentError {
  return new PermanentError('target-unknown', `the inventory has no target ${name}`);
}

function viaHost({ name, via }: ClusterSpec): PermanentError {
  return new PermanentError(
    'definition-invalid',
    `cluster ${name}: its API cannot be reached via ${via}: only netns/<name> is possible with a kubeconfig`,
    {
      hint: 'Leave `kubeconfig` out and name the host in `controlPlane`: the tools then run there.',
    },
  );
}

/** Names come from people: `constructor` is none of ours. */
function member<T>(record: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}

/** Where commands run that belong to a host of the inventory. */
interface Spot {
  readonly shell: () => Shell | Promise<Shell>;
  readonly path: readonly string[];
  readonly enter: readonly string[];
}

/** On this very machine: with the tools that the worker itself was started with. */
function localSpot(via: string | null, path: readonly string[]): Spot {
  const namespace = namespaceOf(via);
  const file = namespace === null ? null : namespaceFile(namespace);
  return {
    path,
    enter: file === null ? [] : ['nsenter', `--net=${file}`, '--'],
    shell: async () => {
      if (namespace !== null) await namespaceIdentity(namespace);
      return createLocalShell({ namespace: file });
    },
  };
}

/** The one door to targets of a worker process. */
export function createTargetAccess(options: AccessOptions): TargetAccess {
  const operations = createOperations();
  const pool = createPool(options.idleMs ?? 5 * 60_000);
  const kubeconfigs = createKubeconfigs(options.stateDir);
  const identities = createIdentities();
  const scope = options.scope ?? '';
  const own = options.path ?? [];
  const onThisMachine = ({ via, path }: Pick<HostSpec, 'via' | 'path'>): Spot =>
    localSpot(via, [...path, ...own]);

  const spotOf = (host: HostSpec, inventory: Inventory): Spot => {
    const endpoint = endpointOf(host, inventory, options.knownHosts);
    if (endpoint === null) return onThisMachine(host);
    return { shell: () => createSshShell(pool, endpoint), path: host.path, enter: [] };
  };

  const runnerOn = (target: string, spot: Spot, operation: Operation): Runner =>
    createRunner({ target, ...spot, operation, state: operations.state(operation), scope });

  const hostOf = (name: string, inventory: Inventory): HostSpec | undefined =>
    member(inventory.hosts, name) ?? (name === 'local' ? localHost : undefined);

  const wayTo = (spec: ClusterSpec, inventory: Inventory, operation: Operation): ClusterWay => {
    const way = wayOf(spec);
    const reading: Operation = { ...operation, verb: 'check' };
    if (way.kind === 'file') {
      if (spec.via !== null && namespaceOf(spec.via) === null) throw viaHost(spec);
      const { kubeconfig, context } = way;
      const spot = onThisMachine(spec);
      return {
        runner: runnerOn(spec.name, spot, operation),
        reader: runnerOn(spec.name, spot, reading),
        sudo: false,
        credentials: async () => {
          const copy = await kubeconfigs.copyOf(kubeconfig);
          return { kubeconfig: copy.file, version: copy.version, context };
        },
        shown: { kubeconfig, context },
        place: '',
      };
    }
    const host = hostOf(way.host, inventory);
    if (host === undefined) throw unknown(`${way.host}, the control plane of ${spec.name}`);
    const onHost = spotOf(host, inventory);
    const spot = { ...onHost, path: [...spec.path, ...onHost.path] };
    const shown = { kubeconfig: adminConf, context: spec.context };
    return {
      runner: runnerOn(spec.name, spot, operation),
      reader: runnerOn(spec.name, spot, reading),
      sudo: true,
      credentials: () => Promise.resolve({ ...shown, version: '' }),
      shown,
      place: ` on ${host.name}`,
    };
  };

  return {
    open: (name, inventory, operation) => {
      const host = hostOf(name, inventory);
      if (host !== undefined) {
        return createHostTarget(host, runnerOn(host.name, spotOf(host, inventory), operation));
      }
      const cluster = member(inventory.clusters, name);
      if (cluster === undefined) throw unknown(name);
      return createClusterTarget(cluster, wayTo(cluster, inventory, operation), identities);
    },
    close: async () => {
      await pool.close();
      await kubeconfigs.close();
    },
  };
}
