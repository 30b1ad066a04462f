import type { Target } from '../../../core/target.js';

/**
 * A limit of the host that a lab needs at least that high: its path below /proc/sys, and the value.
 */
export interface Limit {
  readonly key: string;
  readonly least: number;
}

/**
 * Labs share the host's limits. For each, /run/runbook/nspawn/<key> holds the value found by the
 * first lab (`former`), the value written (`raised`) and a file per lab that needs it
 * (`holders/<prefix>`). What was kept before the host's last boot does not count. The lock is on a
 * folder that is always there, so that nothing of it is left behind.
 */
const begin = `set -eu
prefix=$1
shift
base=/run/runbook/nspawn
boot=$(cat /proc/sys/kernel/random/boot_id)
exec 9< /proc/sys/fs/inotify
flock --timeout 20 9
`;

/** Holds for lab $1 the limits $2 $3, $4 $5, …: pairs of key and least value. */
const holdScript = `${begin}umask 022
mkdir -p "$base"
[ "$(cat "$base/boot" 2>/dev/null)" = "$boot" ] || { rm -rf "$base"; mkdir -p "$base"; echo "$boot" > "$base/boot"; }
while [ $# -gt 0 ]; do
  key=$1 least=$2 at=$base/$1
  shift 2
  mkdir -p "$at/holders"
  now=$(cat "/proc/sys/$key")
  [ -e "$at/former" ] || { echo "$now" > "$at/former.part"; mv -f "$at/former.part" "$at/former"; }
  echo "$least" > "$at/holders/$prefix"
  if [ "$now" -lt "$least" ]; then
    echo "$least" > "$at/raised"
    echo "$least" > "/proc/sys/$key"
  fi
done
`;

/**
 * Lets go of the limits $2…; the last lab puts the former value back, unless somebody has set
 * another one since. A lab whose network namespace is gone does not count.
 */
const releaseScript = `${begin}
[ "$(cat "$base/boot" 2>/dev/null)" = "$boot" ] || { rm -rf "$base"; rmdir /run/runbook 2>/dev/null || :; exit 0; }
for key; do
  at=$base/$key
  [ -d "$at" ] || continue
  rm -f "$at/holders/$prefix"
  for holder in "$at/holders"/*; do
    [ -e "/run/netns/\${holder##*/}" ] || rm -f "$holder"
  done
  rmdir "$at/holders" 2>/dev/null || continue
  if [ -e "$at/raised" ] && [ "$(cat "/proc/sys/$key")" = "$(cat "$at/raised")" ]; then
    cat "$at/former" > "/proc/sys/$key"
  fi
  rm -rf "$at"
done
if ! find "$base" -name holders | grep -q .; then rm -rf "$base"; rmdir /run/runbook 2>/dev/null || :; fi
`;

/** Prints for each key of $2… its value, and \`held\` where lab $1 holds it. */
const lookScript = `set -eu
prefix=$1
shift
base=/run/runbook/nspawn held=
boot=$(cat /proc/sys/kernel/random/boot_id)
for key; do
  held=
  if [ "$(cat "$base/boot" 2>/dev/null)" = "$boot" ] && [ -e "$base/$key/holders/$prefix" ]; then held=held; fi
  echo "$key $(cat "/proc/sys/$key") $held"
done
`;

/** Limits of the host as a lab finds them. */
export interface SeenLimits {
  /** The lab is among those that need them. */
  readonly held: boolean;
  /** What is too low, for people; null when nothing is. */
  readonly low: string | null;
}

/** Reads what the script above printed. */
export function parseLimits(stdout: string, limits: readonly Limit[]): SeenLimits {
  const lines = stdout.split('\n').map((line) => line.split(' '));
  const low = limits.flatMap(({ key, least }) => {
    const value = Number(lines.find(([name]) => name === key)?.[1]);
    return value >= least ? [] : [`${key.replaceAll('/', '.')} is ${value}, not ${least}`];
  });
  return {
    held: limits.every(({ key }) =>
      lines.some(([name, , held]) => name === key && held === 'held'),
    ),
    low: low.length === 0 ? null : low.join(', '),
  };
}

/** The host's limits on behalf of a lab. */
export function hostLimits(target: Target, prefix: string, limits: readonly Limit[]) {
  const run = (script: string, name: string, args: readonly string[]) =>
    target.run('sh', ['-c', script, name, prefix, ...args], { sudo: true, timeout: '30s' });
  const keys = limits.map(({ key }) => key);
  return {
    async look(): Promise<SeenLimits> {
      return parseLimits((await run(lookScript, 'limits', keys)).stdout, limits);
    },
    async hold(): Promise<void> {
      await run(
        holdScript,
        'hold',
        limits.flatMap(({ key, least }) => [key, String(least)]),
      );
    },
    async release(): Promise<void> {
      await run(releaseScript, 'release', keys);
    },
  };
}
