/** Properties asked of systemd, each with one machine-readable value. */
export const unitProperties = [
  'Id',
  'LoadState',
  'ActiveState',
  'SubState',
  'UnitFileState',
  'Result',
  'ActiveEnterTimestamp',
  'NeedDaemonReload',
] as const;
type Property = (typeof unitProperties)[number];

/** A unit as systemd has it. */
export type Unit = Readonly<Record<Property, string>>;

/** Reads `Name=value` lines of `systemctl show`; a property that is not told is an empty text. */
export function parseUnit(stdout: string): Unit {
  const values = new Map<string, string>();
  for (const line of stdout.split('\n')) {
    const at = line.indexOf('=');
    if (at > 0) values.set(line.slice(0, at), line.slice(at + 1));
  }
  const entries = unitProperties.map((name) => [name, values.get(name) ?? ''] as const);
  return Object.fromEntries(entries) as Unit;
}

/**
 * Milliseconds since 1970 of a time such as `Mon 2026-11-23 18:51:12.123456 UTC`, as
 * `--timestamp=us+utc` prints it; null for a unit that never was active.
 */
export function unitTime(text: string): number | null {
  const match = /^\w{3} (\d{4}-\d{2}-\d{2}) (\d{2}:\d{2}:\d{2}(?:\.\d{1,3})?)\d* UTC$/.exec(text);
  if (match === null) return null;
  const ms = Date.parse(`${match[1]}T${match[2]}Z`);
  return Number.isNaN(ms) ? null : ms;
}

/** Running, or about to be, for good. A unit that has failed is as inactive as any other. */
export function isActive(unit: Unit): boolean {
  return ['active', 'reloading', 'refreshing', 'activating'].includes(unit.ActiveState);
}

/** In one of the two states that last. */
export function isSettled(unit: Unit): boolean {
  return ['active', 'inactive', 'failed'].includes(unit.ActiveState);
}

/** Whether systemd starts the unit at boot by its `[Install]` section; null where that cannot be set. */
export function isEnabled(unit: Unit): boolean | null {
  switch (unit.UnitFileState) {
    case 'enabled':
      return true;
    case 'disabled':
    case 'enabled-runtime':
    case 'masked':
    case 'masked-runtime':
      return false;
    default:
      // static, indirect, generated, transient, linked, alias, bad, or not told: enable would do
      // nothing, or something that disable does not take back.
      return null;
  }
}

/** Name with its type: systemd takes a name without one for a service. */
export function unitName(name: string): string {
  return /\.(?:service|socket|timer|path|mount|target)$/.test(name) ? name : `${name}.service`;
}
