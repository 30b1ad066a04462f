import type { Lease } from '../../../plugins/kube/api/objects.js';
import { fakeCluster, type Reply } from './fake-kubectl.js';

/** A merge patch of a lease, as kubectl is given it. */
interface Patch {
  readonly metadata: { readonly resourceVersion: string };
  readonly spec: Lease['spec'];
}

const refuse = (reason: string, message: string): Reply => ({
  exitCode: 1,
  stderr: `Error from server (${reason}): ${message}\n`,
});

/** An API server that has a node, and at most one lease of its own, with versions as a real one has them. */
export class LeaseApi {
  lease: Lease | null = null;
  namespace = true;
  /** Called before each command, as by somebody who is quicker. */
  before: (verb: string) => void = () => undefined;
  readonly cluster;
  readonly calls;
  #version = 1;

  constructor() {
    const { cluster, calls } = fakeCluster((args, input) => this.#answer(args, input));
    this.cluster = cluster;
    this.calls = calls;
  }

  /** Puts a lease there as another tool would. */
  hold(holderIdentity: string, renewed: Date, leaseDurationSeconds = 3600): void {
    const spec = { holderIdentity, renewTime: renewed.toISOString(), leaseDurationSeconds };
    this.lease = this.#stored({ metadata: { name: 'node-k8s-w0' }, spec });
  }

  /** Who keeps others off the node now; a lease whose time is up keeps off nobody. */
  holder(): string | null {
    const {
      holderIdentity = null,
      renewTime = '',
      leaseDurationSeconds = 0,
    } = this.lease?.spec ?? {};
    return Date.parse(renewTime) + leaseDurationSeconds * 1000 > Date.now() ? holderIdentity : null;
  }

  #stored(lease: Lease): Lease {
    this.#version += 1;
    const uid = lease.metadata.uid ?? `uid-${this.#version}`;
    return {
      ...lease,
      metadata: { ...lease.metadata, uid, resourceVersion: String(this.#version) },
    };
  }

  #answer(args: readonly string[], input: string): Reply {
    const [verb = '', kind, name] = args;
    this.before(verb);
    const line = `${verb} ${kind}`;
    switch (line) {
      case 'get node':
        return name === 'k8s-w0'
          ? JSON.stringify({ metadata: { name, uid: 'uid-node' }, spec: {} })
          : '';
      case 'get lease':
        return this.lease === null ? '' : JSON.stringify(this.lease);
      case 'get namespace':
        return this.namespace ? JSON.stringify({ metadata: { name } }) : '';
      case 'create namespace':
        if (this.namespace) return refuse('AlreadyExists', 'namespaces already exists');
        this.namespace = true;
        return 'namespace/medik8s-leases';
      case 'create --filename=-':
        if (!this.namespace) return refuse('NotFound', 'namespaces "medik8s-leases" not found');
        if (this.lease !== null) return refuse('AlreadyExists', 'leases already exists');
        this.lease = this.#stored(JSON.parse(input) as Lease);
        return 'lease.coordination.k8s.io/node-k8s-w0';
      case 'patch lease':
        return this.#patch(JSON.parse(args[5]?.replace('--patch=', '') ?? '') as Patch);
      case 'delete --raw':
        return this.#delete(JSON.parse(input) as { preconditions: { resourceVersion: string } });
      default:
        throw new Error(`not expected: kubectl ${args.join(' ')}`);
    }
  }

  #patch({ metadata, spec }: Patch): Reply {
    if (this.lease === null) return refuse('NotFound', 'leases not found');
    if (metadata.resourceVersion !== this.lease.metadata.resourceVersion)
      return refuse('Conflict', 'the object has been modified');
    this.lease = this.#stored({ ...this.lease, spec: { ...this.lease.spec, ...spec } });
    return 'lease.coordination.k8s.io/node-k8s-w0';
  }

  #delete({
    preconditions,
  }: {
    readonly preconditions: { readonly resourceVersion: string };
  }): Reply {
    if (this.lease === null) return refuse('NotFound', 'leases not found');
    if (preconditions.resourceVersion !== this.lease.metadata.resourceVersion)
      return refuse('Conflict', 'the ResourceVersion in the precondition does not match');
    this.lease = null;
    return '{"kind":"Status","status":"Success"}';
  }
}
