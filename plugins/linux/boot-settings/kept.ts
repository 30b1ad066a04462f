/** A setting that is kept for every boot. */
export type Kept =
  | { readonly kind: 'sysctl'; readonly key: string; readonly value: string }
  | { readonly kind: 'module'; readonly name: string }
  | { readonly kind: 'route'; readonly to: string; readonly via: string };

/** A file of ours, and its lines. */
export interface KeptFile {
  readonly path: string;
  readonly lines: readonly string[];
}

/** Prints `= <path>` and then the lines of every file by which an action keeps something for the boot. */
export const keptScript = `for f in /etc/sysctl.d/90-runbook-*.conf /etc/modules-load.d/90-runbook-*.conf \\
  /etc/netplan/90-runbook-route-*.yaml /etc/systemd/network/*.network.d/90-runbook-route-*.conf \\
  /etc/network/if-up.d/90-runbook-route-*; do
  [ -f "$f" ] || continue
  echo "= $f"; cat "$f"; echo
done
`;

/** The files that the script printed. */
export function parseFiles(stdout: string): KeptFile[] {
  const files: { path: string; lines: string[] }[] = [];
  for (const line of stdout.split('\n')) {
    if (line.startsWith('= /')) files.push({ path: line.slice(2), lines: [] });
    else if (line.trim() !== '') files.at(-1)?.lines.push(line.trim());
  }
  return files;
}

function first(lines: readonly string[], pattern: RegExp): RegExpExecArray | null {
  for (const line of lines) {
    const found = pattern.exec(line);
    if (found !== null) return found;
  }
  return null;
}

function routeIn({ path, lines }: KeptFile): Kept | null {
  const [to, via] = path.startsWith('/etc/netplan/')
    ? [first(lines, /^- to: "(.*)"$/)?.[1], first(lines, /^via: "(.*)"$/)?.[1]]
    : path.startsWith('/etc/systemd/')
      ? [first(lines, /^Destination=(.*)$/)?.[1], first(lines, /^Gateway=(.*)$/)?.[1]]
      : (first(lines, /^ip -[46] route replace (\S+) via (\S+) /)?.slice(1) ?? []);
  return to === undefined || via === undefined ? null : { kind: 'route', to, via };
}

/** What a file keeps; null where it is not as an action writes it. */
function keptIn(file: KeptFile): Kept | null {
  if (file.path.startsWith('/etc/sysctl.d/')) {
    const [, key, value] = first(file.lines, /^(\S+) = (.*)$/) ?? [];
    return key === undefined || value === undefined ? null : { kind: 'sysctl', key, value };
  }
  if (file.path.startsWith('/etc/modules-load.d/')) {
    const name = first(file.lines, /^([A-Za-z0-9_-]+)$/)?.[1];
    return name === undefined ? null : { kind: 'module', name };
  }
  return routeIn(file);
}

/** All that is kept, and the files that cannot be read as what an action writes. */
export function keptOf(files: readonly KeptFile[]): {
  readonly kept: readonly Kept[];
  readonly strange: readonly string[];
} {
  const kept: Kept[] = [];
  const strange: string[] = [];
  for (const file of files) {
    const found = keptIn(file);
    if (found === null) strange.push(file.path);
    else kept.push(found);
  }
  return { kept, strange };
}
