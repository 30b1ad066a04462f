import { z } from 'zod';

/** A name of a host, cluster or group: what may appear in ids, paths and file names. */
export const targetNamePattern = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/;

const name = z
  .string()
  .regex(targetNamePattern, 'a name has letters, digits, . _ - and at most 63 characters');
const vars = z.record(z.string(), z.json());

const via = z
  .string()
  .regex(
    /^(?:netns\/)?[A-Za-z0-9][A-Za-z0-9._-]*$/,
    'write a host of the inventory, or netns/<name>',
  )
  .describe(
    "Way to the target: a host of the inventory to jump over, or `netns/<name>` for a network namespace of the worker's machine.",
  );

const path = z
  .array(z.string().startsWith('/'))
  .describe(
    "Folders searched for tools before the usual ones; on the worker's own machine also before those of its PATH.",
  );

const hostFields = {
  address: z
    .string()
    .min(1)
    .regex(/^[^-\s]\S*$/, 'an address does not start with - and has no spaces')
    .optional()
    .describe(
      "Address or name for ssh. Left out: commands run on the worker's own machine (in the namespace of `via`).",
    ),
  port: z.int().min(1).max(65535).optional().describe('Port of sshd; 22 unless told.'),
  user: z
    .string()
    .regex(/^[A-Za-z_][A-Za-z0-9._-]*\$?$/, 'not a login name')
    .optional()
    .describe('Login user; root unless told.'),
  key: z
    .string()
    .min(1)
    .optional()
    .describe('File with the private key; the ssh agent is asked when left out.'),
  knownHosts: z
    .string()
    .min(1)
    .optional()
    .describe('File with the known host keys; `known_hosts` beside runbook.yaml unless told.'),
  via: via.optional(),
  path: path.optional(),
  taskQueue: z
    .string()
    .min(1)
    .optional()
    .describe("Task queue of the workers that reach this target; the project's own unless told."),
};

/** One machine. */
export const hostSchema = z.strictObject({
  ...hostFields,
  cluster: name.optional().describe('Cluster that the host is a node of.'),
  groups: z.array(name).optional().describe('Groups that the host belongs to.'),
  vars: vars.optional().describe('Facts for runbooks, such as the address of its BGP session.'),
  machine: z
    .record(z.string(), z.json())
    .optional()
    .describe(
      'How its provider makes or knows this machine: input of nspawn.machine, or the domain of libvirt.machine.',
    ),
});

/** One Kubernetes cluster. */
export const clusterSchema = z.strictObject({
  kubeconfig: z
    .string()
    .min(1)
    .optional()
    .describe(
      'File with the credentials. Left out: kubectl runs on `controlPlane` with its admin.conf.',
    ),
  context: z.string().min(1).optional().describe('Context in the kubeconfig; required with it.'),
  uid: z
    .string()
    .min(1)
    .optional()
    .describe('UID of the kube-system namespace: proof that the right cluster answers.'),
  controlPlane: name.optional().describe('Host of the inventory with the API server.'),
  via: via.optional(),
  path: path.optional(),
  vars: vars.optional().describe('Facts for runbooks.'),
  taskQueue: z
    .string()
    .min(1)
    .optional()
    .describe('Task queue of the workers that reach this cluster.'),
});

/** Everything that runbooks can act on. */
export const inventorySchema = z.strictObject({
  apiVersion: z.literal('runbook/v1').optional(),
  defaults: z
    .strictObject(hostFields)
    .omit({ address: true })
    .optional()
    .describe('Values for hosts that do not state their own.'),
  hosts: z.record(name, hostSchema).optional(),
  clusters: z.record(name, clusterSchema).optional(),
  groups: z
    .record(name, z.array(name))
    .optional()
    .describe('Named sets of hosts, besides those that hosts name themselves.'),
});

export type InventoryFile = z.output<typeof inventorySchema>;
export type HostFile = z.output<typeof hostSchema>;
export type ClusterFile = z.output<typeof clusterSchema>;

/** A host with everything filled in: what target access needs, plain JSON. */
export interface HostSpec {
  readonly kind: 'host';
  readonly name: string;
  /** Null: the worker's own machine. */
  readonly address: string | null;
  readonly port: number;
  readonly user: string;
  readonly key: string | null;
  readonly knownHosts: string | null;
  readonly via: string | null;
  readonly path: readonly string[];
  readonly cluster: string | null;
  readonly taskQueue: string | null;
  readonly groups: readonly string[];
  readonly vars: Readonly<Record<string, unknown>>;
  readonly machine: Readonly<Record<string, unknown>> | null;
}

/** A cluster with everything filled in. */
export interface ClusterSpec {
  readonly kind: 'cluster';
  readonly name: string;
  readonly kubeconfig: string | null;
  readonly context: string | null;
  readonly uid: string | null;
  readonly controlPlane: string | null;
  readonly via: string | null;
  readonly path: readonly string[];
  readonly vars: Readonly<Record<string, unknown>>;
  readonly taskQueue: string | null;
}

export type TargetSpec = HostSpec | ClusterSpec;

/** All targets, by name; plain JSON, fixed in the history of each run. */
export interface Inventory {
  readonly hosts: Readonly<Record<string, HostSpec>>;
  readonly clusters: Readonly<Record<string, ClusterSpec>>;
  /** Members of each group, sorted by name. */
  readonly groups: Readonly<Record<string, readonly string[]>>;
}
