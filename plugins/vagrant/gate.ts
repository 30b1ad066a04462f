/** A version as numbers: `7.2.0r170228` is 7, 2, 0. */
export function versionOf(text: string): readonly number[] | null {
  const found = /(\d+(?:\.\d+)+)/.exec(text)?.[1];
  return found === undefined ? null : found.split('.').map(Number);
}

/** Less than zero where a is older than b. */
export function compare(a: readonly number[], b: readonly number[]): number {
  const length = Math.max(a.length, b.length);
  for (let i = 0; i < length; i += 1) {
    const differs = (a[i] ?? 0) - (b[i] ?? 0);
    if (differs !== 0) return differs;
  }
  return 0;
}

/**
 * Since which vagrant a VirtualBox is known, by its changelog. Each vagrant refuses what is newer than it
 * knows; what is older than this list every vagrant that is in use knows.
 */
const knownSince: readonly (readonly [virtualbox: string, vagrant: string])[] = [
  ['7.0', '2.3.2'],
  ['7.1', '2.4.2'],
  ['7.2', '2.4.9'],
];

/** Oldest VirtualBox that vagrant has a driver for, as its own refusal lists them. */
const oldest = [4, 0];

/**
 * Why this vagrant refuses this VirtualBox; null where it takes it. A VirtualBox that is newer than the
 * list is taken for refused: nobody has tried.
 */
export function virtualboxGate(vagrant: string, virtualbox: string): string | null {
  const ours = versionOf(vagrant);
  const theirs = versionOf(virtualbox);
  if (ours === null || theirs === null) return `no versions: ${vagrant}, ${virtualbox}`;
  const series = theirs.slice(0, 2);
  const named = `VirtualBox ${series.join('.')}`;
  if (compare(series, oldest) < 0) return `${named} is older than any that vagrant knows`;
  if (compare(series, [7, 0]) < 0) return null;
  const row = knownSince.find(([known]) => known === series.join('.'));
  const is = ours.join('.');
  if (row === undefined) {
    const [last = ''] = knownSince.at(-1) ?? [];
    return `${named} is newer than ${last}, the newest that a vagrant is known to take (here: ${is})`;
  }
  const [, since] = row;
  if (compare(ours, versionOf(since) ?? []) >= 0) return null;
  return `vagrant ${is} does not know ${named}: that takes vagrant ${since} or newer`;
}

/** The versions of VirtualBox that a refusal of vagrant (`ProviderNotUsable`) lists; none where it is another. */
export function supportedIn(refusal: string): string[] {
  const list = /versions listed below to use Vagrant:\s+([\d., ]+?)\s*(?:\n|A Vagrant|$)/.exec(
    refusal,
  )?.[1];
  return list === undefined ? [] : list.split(',').map((version) => version.trim());
}
