/** One command of a reload, with the block in which it is given. */
export interface Change {
  /** Blocks around it, outermost first, such as `router bgp 65000`. */
  readonly within: readonly string[];
  readonly command: string;
}

/** What a reload would do. */
export interface Changes {
  readonly remove: readonly Change[];
  readonly add: readonly Change[];
}

function parseSection(lines: readonly string[]): Change[] {
  const entries: string[][] = [];
  for (const line of lines) {
    if (/^\S/.test(line)) entries.push([line]);
    else entries.at(-1)?.push(line.trim());
  }
  return entries.map((entry) => ({ within: entry.slice(0, -1), command: entry.at(-1) ?? '' }));
}

/**
 * Reads what `frr-reload.py --test` prints; its exit code is 0 with or without a difference. Each
 * command stands behind its blocks, the outermost at the margin.
 */
export function parseChanges(stdout: string): Changes {
  const sections: Record<'remove' | 'add', string[]> = { remove: [], add: [] };
  let current: 'remove' | 'add' | null = null;
  for (const line of stdout.split('\n')) {
    if (line === 'Lines To Delete') current = 'remove';
    else if (line === 'Lines To Add') current = 'add';
    else if (current !== null && line.trim() !== '' && !/^=+$/.test(line)) {
      sections[current].push(line.trimEnd());
    }
  }
  return { remove: parseSection(sections.remove), add: parseSection(sections.add) };
}

/** True where a reload has nothing to do. */
export function isEmpty({ remove, add }: Changes): boolean {
  return remove.length + add.length === 0;
}

/** A command with its blocks, as one line. */
export function changeText({ within, command }: Change): string {
  return [...within, command].join(' › ');
}

/** All commands, those that remove first, in the words of FRR. */
export function changesText({ remove, add }: Changes): string {
  return [...remove, ...add].map(changeText).join('; ');
}

/** Neighbours and peer groups whose sessions may go down with a change; `all`: every session. */
export function concerned({ remove, add }: Changes): ReadonlySet<string> | 'all' {
  const names = new Set<string>();
  for (const { within, command } of [...remove, ...add]) {
    const bgp = /^(?:no )?router bgp\b/;
    if (bgp.test(command)) return 'all';
    if (!bgp.test(within[0] ?? '')) continue;
    const neighbor = /^(?:no )?neighbor (\S+)/.exec(command)?.[1];
    if (neighbor !== undefined) names.add(neighbor);
    // Of the instance itself, router id and timers among them. Address families hold networks, paths
    // and policies: these change routes, not sessions.
    else if (within.length === 1 && !/^(?:no )?address-family /.test(command)) return 'all';
  }
  return names;
}

/** Members of peer groups, of a running configuration: neighbour to group. */
export function groupsOf(running: string): ReadonlyMap<string, string> {
  const groups = new Map<string, string>();
  for (const [, neighbor = '', group = ''] of running.matchAll(
    /^\s*neighbor (\S+)(?: interface(?: v6only)?)? peer-group (\S+)\s*$/gm,
  )) {
    groups.set(neighbor, group);
  }
  return groups;
}
