/** A kernel parameter as its path below /proc/sys. */
export type SysctlPath = string;

/**
 * Names in both spellings of sysctl.d(5): `net.ipv4.ip_forward`, or with slashes where a part holds
 * dots (`net/ipv4/conf/eth0.100/rp_filter`). No part may be `.` or `..`.
 */
export const sysctlKey =
  /^(?:[A-Za-z0-9_-][A-Za-z0-9_:@-]*(?:\.[A-Za-z0-9_-][A-Za-z0-9_:@-]*)+|[A-Za-z0-9_-][A-Za-z0-9_:@-]*(?:\/[A-Za-z0-9_-][A-Za-z0-9_:@.-]*)+)$/;

/** Path below /proc/sys. The first separator tells which spelling it is, as sysctl.d(5) says. */
export function sysctlPath(key: string): SysctlPath {
  const first = /[./]/.exec(key)?.[0];
  if (first !== '.') return key;
  return key.replace(/[./]/g, (mark) => (mark === '.' ? '/' : '.'));
}

/** The spelling for a file: dots, unless a part of the path holds one. */
export function sysctlName(path: SysctlPath): string {
  return path.includes('.') ? path : path.replaceAll('/', '.');
}

/** Values as the kernel prints them, with one blank between numbers. */
export function normalValue(value: string): string {
  return value.trim().replace(/\s+/g, ' ');
}

/** File below /etc/sysctl.d that keeps a parameter for the next boot. */
export function sysctlFile(path: SysctlPath): string {
  const name = path.replaceAll('/', '.').replace(/[^A-Za-z0-9._-]/g, '_');
  return `/etc/sysctl.d/90-runbook-${name}.conf`;
}

/** Folders of sysctl.d(5), the strongest first: a file hides those of its name in later ones. */
export const sysctlFolders = [
  '/etc/sysctl.d',
  '/run/sysctl.d',
  '/usr/local/lib/sysctl.d',
  '/usr/lib/sysctl.d',
  '/lib/sysctl.d',
] as const;

/** Where the system sets a parameter to something else after us at boot. */
export interface Override {
  readonly file: string;
  readonly value: string;
}

interface Line {
  readonly file: string;
  readonly folder: number;
  readonly base: string;
  readonly text: string;
}

function parseLine(row: string): Line | null {
  const match = /^(\/.*\/([^/]+\.conf)):(.*)$/.exec(row);
  if (match === null) return null;
  const [, file = '', base = '', text = ''] = match;
  const folder = sysctlFolders.findIndex((name) => file === `${name}/${base}`);
  return folder < 0 ? null : { file, folder, base, text };
}

/**
 * The last setting of a parameter that comes after `ours` at boot and differs from `value`, from lines
 * `<file>:<setting>`. Files are read in the order of their names, whatever the folder; a name with a
 * wildcard never wins over one without (sysctl.d(5)).
 */
export function overridden(
  grep: string,
  path: SysctlPath,
  value: string,
  ours: string,
): Override | null {
  const lines = grep
    .split('\n')
    .map(parseLine)
    .filter((line) => line !== null);
  const strongest = new Map<string, number>();
  for (const { base, folder } of lines) {
    strongest.set(base, Math.min(folder, strongest.get(base) ?? folder));
  }
  const ourBase = ours.slice(ours.lastIndexOf('/') + 1);
  const later = lines
    .filter(({ base, folder }) => base > ourBase && folder === strongest.get(base))
    .sort((a, b) => (a.base < b.base ? -1 : a.base > b.base ? 1 : 0));
  let last: Override | null = null;
  for (const { file, text } of later) {
    const setting = /^\s*-?\s*([^=\s]+)\s*=\s*(.*)$/.exec(text);
    if (setting === null || sysctlPath(setting[1] ?? '') !== path) continue;
    last = { file, value: normalValue(setting[2] ?? '') };
  }
  return last === null || last.value === normalValue(value) ? null : last;
}
