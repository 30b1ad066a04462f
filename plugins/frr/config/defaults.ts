/** A line that FRR takes, and shows in another way or not at all. */
export interface Unshown {
  /** What to write instead; null: leave the line out. */
  readonly instead: string | null;
}

/**
 * Lines that FRR 8.4 with the profile `traditional` does not show in its running configuration though
 * they are set, each tried on a router: they set what holds anyway, or FRR spells them otherwise. A
 * reload finds them missing every time, sets them again, and where they touch sessions resets these
 * (FRR issue 22953; seen for `ebgp-multihop` without a number).
 */
const defaults: readonly RegExp[] = [
  /^bgp graceful-restart restart-time 120$/,
  /^bgp graceful-restart stalepath-time 360$/,
  /^bgp graceful-restart select-defer-time 360$/,
  /^bgp graceful-restart rib-stale-time 500$/,
  /^bgp default local-preference 100$/,
  /^bgp default ipv4-unicast$/,
  /^no bgp default ipv6-unicast$/,
  /^bgp default subgroup-pkt-queue-max 40$/,
  /^bgp network import-check$/,
  /^bgp ebgp-requires-policy$/,
  /^bgp fast-external-failover$/,
  /^bgp client-to-client reflection$/,
  /^bgp suppress-duplicates$/,
  /^bgp conditional-advertisement timer 60$/,
  /^read-quanta 10$/,
  /^write-quanta 64$/,
  /^distance bgp 20 200 200$/,
  /^neighbor \S+ port 179$/,
  /^neighbor \S+ ebgp-multihop 1$/,
  /^neighbor \S+ send-community(?: both)?$/,
  /^no neighbor \S+ shutdown$/,
  /^no neighbor \S+ soft-reconfiguration inbound$/,
  /^log facility daemon$/,
];

/** Those that hold anyway only with the profile `traditional`. */
const traditionalDefaults: readonly RegExp[] = [
  /^timers bgp 60 180$/,
  /^neighbor \S+ timers connect 120$/,
];

const otherSpelling: readonly (readonly [RegExp, string])[] = [
  [/^(neighbor \S+ ebgp-multihop)$/, '$1 255'],
  [/^(neighbor \S+ allowas-in) 3$/, '$1'],
  [/^(neighbor \S+ maximum-prefix \d+) 75$/, '$1'],
];

/** What is known of a line that FRR would not show; null: nothing, it should be shown. */
export function unshown(line: string, profile: string): Unshown | null {
  for (const [pattern, instead] of otherSpelling) {
    if (pattern.test(line)) return { instead: line.replace(pattern, instead) };
  }
  const known = profile === 'traditional' ? [...defaults, ...traditionalDefaults] : defaults;
  return known.some((pattern) => pattern.test(line)) ? { instead: null } : null;
}
