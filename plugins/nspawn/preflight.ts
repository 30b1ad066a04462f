import { PermanentError } from '../../core/errors.js';
import { excerpt, plainText } from '../../core/excerpt.js';
import type { Target } from '../../core/target.js';
import type { Requirements } from './input.js';

/** Debian package of each program that the plugin runs besides the shell and coreutils. */
const packages = {
  'systemd-nspawn': 'systemd-container',
  ip: 'iproute2',
  nsenter: 'util-linux',
  unshare: 'util-linux',
  setsid: 'util-linux',
  flock: 'util-linux',
  mount: 'mount',
  find: 'findutils',
  'ssh-keygen': 'openssh-client',
  'ssh-keyscan': 'openssh-client',
  debootstrap: 'debootstrap',
} as const;

/** Debian packages that a host of labs has. */
export const hostPackages: readonly string[] = [...new Set(Object.values(packages))].sort();

/** A program that this plugin may need. */
export type Tool = keyof typeof packages;

/** What must be there before anything is made. */
export interface Preflight {
  readonly tools: readonly Tool[];
  /** Control groups that can be handed to machines. */
  readonly groups?: boolean;
  /** Folder that the upper layer of an overlay will be in. */
  readonly overlay?: string;
  readonly requires?: Requirements | undefined;
}

/**
 * Prints what is there, a key and a value a line: user, missing tools ($3…), memory and, at the
 * nearest existing folder above $1 and $2, free disk and kind of file system.
 */
const script = `set -u
existing() { at=$1; while [ ! -d "$at" ]; do at=\${at%/*}; at=\${at:-/}; done; printf %s "$at"; }
echo "user $(id -u)"
while read -r key kib _; do [ "$key" != MemAvailable: ] || echo "memory $((kib / 1024))"; done < /proc/meminfo
[ -z "$1" ] || df -P -m "$(existing "$1")" | { read -r _; read -r _ _ _ free _; echo "disk $free"; }
[ -z "$2" ] || echo "overlay $(stat -f -c %T "$(existing "$2")")"
kind=$(stat -f -c %T /sys/fs/cgroup 2>/dev/null) || kind=none
echo "groups $kind"
if [ "$kind" = cgroup2fs ]; then
  [ -w /sys/fs/cgroup/cgroup.subtree_control ] && echo "delegate yes"
  echo "controllers $(cat /sys/fs/cgroup/cgroup.controllers)"
  # Only the real top may hold processes and hand down controllers at once; it has no type.
  if [ -e /sys/fs/cgroup/cgroup.type ] && [ -n "$(cat /sys/fs/cgroup/cgroup.procs)" ]; then
    case " $(cat /sys/fs/cgroup/cgroup.subtree_control) " in *" memory "*) ;; *) echo "crowded yes" ;; esac
  fi
else
  while read -r _ at type _; do
    case $type:$at in cgroup:/sys/fs/cgroup/*) [ ! -w "$at" ] || { echo "delegate yes"; break; } ;; esac
  done < /proc/mounts
fi
shift 2
for tool; do command -v "$tool" > /dev/null || echo "missing $tool"; done
`;

/** What the script above printed, as a map from key to values. */
export function parsePreflight(stdout: string): Map<string, string[]> {
  const facts = new Map<string, string[]>();
  for (const line of stdout.split('\n').filter(Boolean)) {
    const [key = '', ...words] = line.split(' ');
    facts.set(key, [...(facts.get(key) ?? []), words.join(' ')]);
  }
  return facts;
}

/** Kinds of file system on which the kernel refuses an upper layer. */
const noUpper = new Set(['overlayfs', 'nfs', 'fuseblk', 'v9fs', 'msdos', 'cifs', 'smb2']);

/**
 * What stands in the way of a lab, as an error with what to do about it; null when nothing does.
 * @param facts as {@link parsePreflight} gives them.
 */
export function obstacle(
  where: string,
  facts: Map<string, string[]>,
  wanted: Preflight,
): PermanentError | null {
  const fact = (key: string): string => facts.get(key)?.[0] ?? '';
  const missing = facts.get('missing') ?? [];
  if (missing.length > 0) {
    const from = [...new Set(missing.map((tool) => packages[tool as Tool]))].sort().join(' ');
    return new PermanentError('tool-missing', `${where}: there is no ${missing.join(', no ')}`, {
      hint: `apt-get install --no-install-recommends ${from}`,
    });
  }
  const refused = (why: string, hint: string): PermanentError =>
    new PermanentError('refused', `${where}: ${why}`, { hint });
  if (fact('user') !== '0') {
    return refused('a lab is made by root', 'Let the login user become root with sudo -n.');
  }
  if (wanted.groups === true && fact('delegate') !== 'yes') {
    return refused(
      `/sys/fs/cgroup (${fact('groups')}) may not be written, so a machine cannot get control groups`,
      'Run on the machine itself, or in a container that is privileged and has its own cgroup namespace.',
    );
  }
  if (wanted.groups === true && fact('groups') === 'cgroup2fs') {
    if (fact('crowded') === 'yes') {
      return refused(
        'processes live in the top control group (of this container), so it cannot hand down controllers',
        'Move them into a group of their own before (mkdir /sys/fs/cgroup/init; write each pid to its cgroup.procs).',
      );
    }
    const has = fact('controllers').split(' ');
    const lacks = ['cpu', 'memory', 'pids'].filter((controller) => !has.includes(controller));
    if (lacks.length > 0) {
      return refused(
        `the control group controllers ${lacks.join(', ')} are not handed down to here`,
        'Add Delegate=yes to the unit that the worker runs in, or boot without cgroup_disable=.',
      );
    }
  }
  if (wanted.overlay !== undefined && noUpper.has(fact('overlay'))) {
    return refused(
      `${wanted.overlay} is on ${fact('overlay')}, which cannot be the upper layer of an overlay`,
      'Choose a folder on ext4, xfs, btrfs or tmpfs.',
    );
  }
  const { memory, disk } = wanted.requires ?? {};
  if (memory !== undefined && Number(fact('memory')) < memory) {
    return refused(
      `${fact('memory')} MiB of memory are available, ${memory} are needed`,
      'End what is not needed, or make the lab smaller.',
    );
  }
  if (disk !== undefined && Number(fact('disk')) < disk) {
    return refused(
      `${fact('disk')} MiB of disk are free at ${wanted.requires?.at ?? '/'}, ${disk} are needed`,
      'Free some space, or move the state directory.',
    );
  }
  return null;
}

/** @throws PermanentError `tool-missing` or `refused`, before anything is touched. */
export async function mustBePossible(target: Target, wanted: Preflight): Promise<void> {
  const { requires, overlay = '', tools } = wanted;
  const measured = requires?.disk === undefined ? '' : (requires.at ?? '/');
  const { stdout, stderr } = await target.run(
    'sh',
    ['-c', script, 'preflight', measured, overlay, ...tools],
    { sudo: true, timeout: '20s', failure: 'check-failed' },
  );
  const found = obstacle(target.name, parsePreflight(stdout), wanted);
  if (found !== null) throw found;
  if (stdout === '') {
    throw new PermanentError('check-failed', `${target.name}: ${excerpt(plainText(stderr), 300)}`);
  }
}
