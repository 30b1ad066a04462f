/** What the cluster or the router was seen to be, by a tool that watches it. */
export type Sight =
  | {
      readonly of: 'node';
      readonly version: number;
      readonly name: string;
      readonly schedulable: boolean;
      /** Whether its label takes it into BGP. */
      readonly selected: boolean;
      /** Identity of the boot that it is in. */
      readonly boot: string;
    }
  | {
      readonly of: 'pod';
      readonly version: number;
      readonly name: string;
      readonly node: string;
      /** True for one that a drain leaves where it is. */
      readonly stays: boolean;
      /** True once it was told to end. */
      readonly leaving: boolean;
      readonly gone: boolean;
    }
  /** The lease by which other tools are kept off a node; null: nobody holds it. */
  | {
      readonly of: 'claim';
      readonly version: number;
      readonly node: string;
      readonly holder: string | null;
    }
  /** Next hops of the routes by BGP in the router's kernel. */
  | { readonly of: 'routes'; readonly hops: readonly string[] };

/** Changes of a node by which it goes out of service, in their order, and those that put them back. */
export const wayOut = ['claim', 'cordon', 'withdraw'] as const;
export const wayBack = ['select', 'uncordon', 'release'] as const;

/** What was done to a node. `evict` and `gone` are of a pod, `lost` and `found` of the routes to it. */
export type DeedKind =
  (typeof wayOut)[number] | (typeof wayBack)[number] | 'evict' | 'gone' | 'boot' | 'lost' | 'found';

/** Something that was done, as the target tells it: of what has made it, nothing is known. */
export interface Deed {
  readonly what: DeedKind;
  readonly node: string;
  /** Pod, holder or boot. */
  readonly whose: string;
  /** Version of the object in etcd, which all objects share; null for routes. */
  readonly version: number | null;
  /** When it was seen, ms since 1970. */
  readonly at: number;
}

type Found = Omit<Deed, 'version' | 'at'>;
type Seen<Of extends Sight['of']> = Extract<Sight, { of: Of }>;

/** Reads from what is seen what was done: the ledger of a lab, kept by the lab. */
export class Deeds {
  readonly all: Deed[] = [];
  readonly #addresses: Readonly<Record<string, string>>;
  readonly #nodes = new Map<string, Seen<'node'>>();
  readonly #claims = new Map<string, string>();
  readonly #leaving = new Map<string, string>();
  #hops: ReadonlySet<string> | null = null;

  /** @param addresses next hop of each node */
  constructor(addresses: Readonly<Record<string, string>>) {
    this.#addresses = addresses;
  }

  take(sight: Sight, at: number): readonly Deed[] {
    const version = 'version' in sight ? sight.version : null;
    const deeds = this.#read(sight).map((found) => ({ ...found, version, at }));
    this.all.push(...deeds);
    return deeds;
  }

  #read(sight: Sight): Found[] {
    switch (sight.of) {
      case 'node':
        return this.#node(sight);
      case 'pod':
        return this.#pod(sight);
      case 'claim':
        return this.#claim(sight);
      case 'routes':
        return this.#routes(sight);
    }
  }

  /** What a watch tells again, after it was cut, is older than what is known. */
  #node(now: Seen<'node'>): Found[] {
    const { name: node, boot } = now;
    const before = this.#nodes.get(node);
    if (before !== undefined && before.version > now.version) return [];
    this.#nodes.set(node, now);
    if (before === undefined) return [];
    const found: Found[] = [];
    if (before.boot !== boot) found.push({ what: 'boot', node, whose: boot });
    if (before.schedulable !== now.schedulable)
      found.push({ what: now.schedulable ? 'uncordon' : 'cordon', node, whose: '' });
    if (before.selected !== now.selected)
      found.push({ what: now.selected ? 'select' : 'withdraw', node, whose: '' });
    return found;
  }

  #pod({ name, node, stays, leaving, gone }: Seen<'pod'>): Found[] {
    if (stays || node === '') return [];
    const known = this.#leaving.has(name);
    if (gone) {
      this.#leaving.delete(name);
      const evicted = known ? [] : [{ what: 'evict', node, whose: name } as const];
      return [...evicted, { what: 'gone', node, whose: name }];
    }
    if (!leaving || known) return [];
    this.#leaving.set(name, node);
    return [{ what: 'evict', node, whose: name }];
  }

  #claim({ node, holder }: Seen<'claim'>): Found[] {
    const before = this.#claims.get(node) ?? null;
    if (before === holder) return [];
    if (holder === null) this.#claims.delete(node);
    else this.#claims.set(node, holder);
    return [
      ...(before === null ? [] : [{ what: 'release', node, whose: before } as const]),
      ...(holder === null ? [] : [{ what: 'claim', node, whose: holder } as const]),
    ];
  }

  #routes({ hops }: Seen<'routes'>): Found[] {
    const now = new Set(hops);
    const before = this.#hops;
    this.#hops = now;
    if (before === null) return [];
    return Object.entries(this.#addresses).flatMap(([node, address]): Found[] => {
      if (before.has(address) === now.has(address)) return [];
      return [{ what: now.has(address) ? 'found' : 'lost', node, whose: address }];
    });
  }
}
