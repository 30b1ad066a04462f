/** Factors of the suffixes that a resource quantity may have. */
const factors: Readonly<Record<string, number>> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

/**
 * The number that a quantity such as `100m`, `1.5Gi` or `2e3` stands for: cores, bytes, pieces.
 * @throws RangeError when it is none.
 */
export function quantity(text: string): number {
  const match = /^([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)([numkMGTPE]?|[KMGTPE]i)$/.exec(text);
  const factor = factors[match?.[2] ?? ''];
  if (match === null || factor === undefined) throw new RangeError(`'${text}' is not a quantity`);
  return Number(match[1]) * factor;
}

/** Amounts of resources by name: cpu in cores, memory in bytes, pods in pieces. */
export type Amounts = Readonly<Record<string, number>>;

/** Quantities as numbers. */
export function amounts(quantities: Readonly<Record<string, string>> | undefined): Amounts {
  return Object.fromEntries(
    Object.entries(quantities ?? {}).map(([name, text]) => [name, quantity(text)]),
  );
}

function combine(a: Amounts, b: Amounts, with_: (x: number, y: number) => number): Amounts {
  const names = new Set([...Object.keys(a), ...Object.keys(b)]);
  return Object.fromEntries([...names].map((name) => [name, with_(a[name] ?? 0, b[name] ?? 0)]));
}

export function plus(a: Amounts, b: Amounts): Amounts {
  return combine(a, b, (x, y) => x + y);
}

export function minus(a: Amounts, b: Amounts): Amounts {
  return combine(a, b, (x, y) => x - y);
}

/** The larger one of each. */
export function most(a: Amounts, b: Amounts): Amounts {
  return combine(a, b, Math.max);
}
