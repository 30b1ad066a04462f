import { describe, expect, test } from '@jest/globals';
import type { Target } from '../../../core/target.js';
import type { Node, Pod } from '../../../plugins/kube/api/objects.js';
import { kubeRebalanced } from '../../../plugins/kube/rebalanced.js';
import { attempt } from '../../laws/attempt.js';
import { laws, type LawCase } from '../../laws.js';
import { recordedItems } from './fixture.js';

const nodes = recordedItems<Node>('kubectl/nodes.json');
const names = nodes.map(({ metadata }) => metadata.name);

/** A cluster whose scheduler puts each new pod where `place` says. */
class World {
  pods: Pod[] = [];
  fewestReady = Number.POSITIVE_INFINITY;
  #made = 0;
  readonly #place: (world: World) => string;

  constructor(on: readonly string[], place = emptiest) {
    this.#place = place;
    for (const node of on) this.#add(node);
  }

  #add(node: string): void {
    this.#made += 1;
    this.pods.push({
      metadata: {
        name: `p${this.#made}`,
        namespace: 'default',
        uid: `u${this.#made}`,
        ownerReferences: [{ kind: 'ReplicaSet', name: 'r', controller: true }],
      },
      spec: { nodeName: node },
      status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] },
    });
  }

  readonly target: Target = {
    name: 'lab',
    kind: 'cluster',
    cluster: 'lab',
    address: null,
    vars: {},
    json: () => Promise.reject(new Error('not used')),
    run: (_, args) => {
      const text = args.join(' ');
      let stdout = '{}';
      if (text.startsWith('get pods')) stdout = JSON.stringify({ items: this.pods });
      else if (text.startsWith('get nodes')) stdout = JSON.stringify({ items: nodes });
      else if (!text.startsWith('config'))
        this.#evict(/pods\/([^/]+)\/eviction/.exec(text)?.[1] ?? '');
      return Promise.resolve({ exitCode: 0, stdout, stderr: '', truncated: false, durationMs: 1 });
    },
  };

  #evict(name: string): void {
    this.pods = this.pods.filter(({ metadata }) => metadata.name !== name);
    this.fewestReady = Math.min(this.fewestReady, this.pods.length);
    this.#add(this.#place(this));
  }

  counts(): number[] {
    return names.map((name) => this.pods.filter(({ spec }) => spec.nodeName === name).length);
  }
}

function emptiest(world: World): string {
  const counts = world.counts();
  return names[counts.indexOf(Math.min(...counts))] ?? '';
}

const input = { selector: 'app=web' };
const on = (world: World, more: object = {}) =>
  attempt(kubeRebalanced, {
    target: world.target,
    input: { ...input, ...more },
    cleanup: () => Promise.resolve(),
  });

function situation(
  title: string,
  pods: readonly string[],
  finds: NonNullable<LawCase['finds']>,
): LawCase {
  return {
    title,
    finds,
    arrange: () => {
      const world = new World(pods);
      return Promise.resolve({
        target: world.target,
        input,
        snapshot: () => Promise.resolve(world.counts().sort()),
        cleanup: () => Promise.resolve(),
      });
    },
  };
}

laws(kubeRebalanced, {
  cases: [
    situation('all on one node', ['k8s-w1', 'k8s-w1', 'k8s-w1'], 'drift'),
    situation('one too many on one', ['k8s-w1', 'k8s-w1', 'k8s-w0'], 'drift'),
    situation('one on each', names, 'nothing'),
  ],
  bad: [
    { title: 'no selector', input: {} },
    { title: 'a skew that no odd number of pods can have', input: { ...input, maxSkew: 0 } },
    { title: 'no evictions', input: { ...input, maxEvictions: 0 } },
  ],
});

describe('pods are moved one by one', () => {
  test('until they are even, and never more than one is away', async () => {
    const world = new World(['k8s-w1', 'k8s-w1', 'k8s-w1', 'k8s-w1']);
    await on(world).apply(null);
    expect(world.counts().sort()).toEqual([1, 1, 2]);
    expect(world.fewestReady).toBe(3);
  });

  test('the only one is left alone, and so is what nobody would make anew', async () => {
    // Two on one node, of which one is not ready: evicting the other would leave nobody.
    const world = new World(['k8s-w1', 'k8s-w1']);
    const [first] = world.pods;
    if (first !== undefined)
      world.pods[0] = { ...first, metadata: { ...first.metadata, ownerReferences: [] } };
    const [, second] = world.pods;
    if (second !== undefined)
      world.pods[1] = { ...second, metadata: { ...second.metadata, ownerReferences: [] } };
    await expect(on(world).apply(null)).rejects.toMatchObject({
      code: 'refused',
      message: expect.stringContaining('has a controller'),
    });
    expect(world.counts()).toEqual([0, 0, 2]);
    await expect(on(new World([])).apply(null)).rejects.toMatchObject({ code: 'refused' });
  });

  test('a scheduler with other ideas is not fought for ever', async () => {
    const stubborn = new World(['k8s-w1', 'k8s-w1', 'k8s-w1'], () => 'k8s-w1');
    await expect(on(stubborn, { maxEvictions: 2 }).apply(null)).rejects.toMatchObject({
      code: 'not-settled',
      message: expect.stringMatching(/after 2 evictions still k8s-ctr 0, .*k8s-w1 3: 3 apart/),
    });
  });
});
