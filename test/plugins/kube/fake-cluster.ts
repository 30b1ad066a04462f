import type { CommandOptions, CommandResult, Target } from '../../../core/target.js';
import type { DisruptionBudget, Node, Pod } from '../../../plugins/kube/api/objects.js';

/** Answers of kubectl for a few pods and budgets, with a clock that only sleeping moves. */
export class FakeCluster {
  pods: Pod[] = [];
  budgets: DisruptionBudget[] = [];
  node: Node = {
    metadata: { name: 'n' },
    spec: { unschedulable: true },
    status: { conditions: [{ type: 'Ready', status: 'True' }] },
  };
  /** How often a pod must be looked at until it is gone after its eviction. */
  looksToEnd = 2;
  /** Names of pods that never end. */
  immortal = new Set<string>();
  readonly evictions: string[] = [];
  readonly reports: string[] = [];
  /** Called on each look at the pods, before they are told. */
  onLook: (look: number) => void = () => undefined;
  #looks = 0;
  #ms = 0;
  readonly #left = new Map<string, number>();

  readonly target: Target = {
    name: 'lab',
    kind: 'cluster',
    cluster: 'lab',
    address: null,
    vars: {},
    run: (command, args, options) => Promise.resolve(this.#answer(command, args, options)),
    json: () => Promise.reject(new Error('not used')),
  };

  now(): Date {
    return new Date(this.#ms);
  }

  sleep(ms: number): void {
    this.#ms += ms;
  }

  add(name: string, more: Partial<Pod> = {}): Pod {
    const pod: Pod = {
      metadata: {
        name,
        namespace: 'a',
        uid: `uid-${name}`,
        labels: { app: 'web' },
        ownerReferences: [{ kind: 'ReplicaSet', name: 'r', controller: true }],
      },
      spec: { nodeName: 'n' },
      status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] },
      ...more,
    };
    this.pods.push(pod);
    return pod;
  }

  guard(name: string, disruptionsAllowed: number): void {
    this.budgets.push({
      metadata: { name, namespace: 'a', generation: 1 },
      spec: { selector: { matchLabels: { app: 'web' } } },
      status: { disruptionsAllowed, desiredHealthy: 3, currentHealthy: 3, observedGeneration: 1 },
    });
  }

  #answer(command: string, args: readonly string[], options: CommandOptions = {}): CommandResult {
    if (command !== 'kubectl') throw new Error(`not expected: ${command}`);
    const [verb, kind] = args;
    if (verb === 'get' && kind === 'pods') return this.#list(this.#look());
    if (verb === 'get' && kind === 'poddisruptionbudgets.policy') return this.#list(this.budgets);
    if (verb === 'get' && kind === 'node') return ok(JSON.stringify(this.node));
    if (verb === 'config') return ok('{}');
    if (verb === 'create') return this.#evict(args[2] ?? '', String(options.input));
    throw new Error(`not expected: ${args.join(' ')}`);
  }

  #list(items: readonly unknown[]): CommandResult {
    return ok(JSON.stringify({ items }));
  }

  #look(): Pod[] {
    this.#looks += 1;
    this.onLook(this.#looks);
    for (const [name, left] of this.#left) {
      if (this.immortal.has(name)) continue;
      if (left === 0) this.pods = this.pods.filter(({ metadata }) => metadata.name !== name);
      this.#left.set(name, left - 1);
    }
    return this.pods;
  }

  #evict(path: string, input: string): CommandResult {
    const name = /pods\/([^/]+)\/eviction/.exec(path)?.[1] ?? '';
    const body = JSON.parse(input) as { deleteOptions: { preconditions: { uid: string } } };
    this.evictions.push(name);
    const pod = this.pods.find(({ metadata }) => metadata.name === name);
    if (pod === undefined) return no(`Error from server (NotFound): pods "${name}" not found`);
    if (pod.metadata.uid !== body.deleteOptions.preconditions.uid) {
      return no('Error from server (Conflict): the UID in the precondition does not match');
    }
    const budget = this.budgets.find(({ status }) => status?.disruptionsAllowed === 0);
    if (budget !== undefined) {
      return no(
        "Error from server (TooManyRequests): Cannot evict pod as it would violate the pod's disruption budget.",
      );
    }
    this.#left.set(name, this.looksToEnd);
    this.pods = this.pods.map((each) =>
      each === pod
        ? {
            ...pod,
            metadata: { ...pod.metadata, deletionTimestamp: 'now', deletionGracePeriodSeconds: 30 },
          }
        : each,
    );
    return ok('{"kind":"Status","status":"Success"}');
  }
}

function ok(stdout: string): CommandResult {
  return { exitCode: 0, stdout, stderr: '', truncated: false, durationMs: 1 };
}

function no(stderr: string): CommandResult {
  return { exitCode: 1, stdout: '', stderr: `${stderr}\n`, truncated: false, durationMs: 1 };
}
