import type { Target } from '../../../core/target.js';
import { packed, type LayerFile } from './layer.js';

/**
 * Makes the key pair $1, $1.pub unless it is there; the private half last, for it says that both
 * are.
 */
const keyScript = `set -eu
umask 022
[ ! -e "$1" ] || exit 0
mkdir -p "\${1%/*}/"
umask 077
rm -rf "$1.new"
mkdir "$1.new"
ssh-keygen -q -t ed25519 -N '' -C lab -f "$1.new/key"
mv -f "$1.new/key.pub" "$1.pub"
mv -f "$1.new/key" "$1"
rmdir "$1.new"
`;

/**
 * Writes the files of standard input (path, mode, base64) as a new layer and puts it in the place
 * of $1; what is there is kept as $1.$2 where $2 is given. A machine that runs keeps the layer it
 * started with, under its other name.
 */
const layerScript = `set -eu
umask 022
layer=$1 found=$2
mkdir -p "\${layer%/*}/"
rm -rf "$layer.new"
mkdir "$layer.new"
cd "$layer.new"
while read -r path mode content; do
  mkdir -p "./\${path%/*}"
  printf %s "$content" | base64 -d > "./$path"
  chmod "$mode" "./$path"
done
cd /
if [ -d "$layer" ]; then
  if [ -n "$found" ] && [ ! -e "$layer.$found" ]; then mv -T "$layer" "$layer.$found"; else rm -rf "$layer"; fi
fi
mv -T "$layer.new" "$layer"
`;

/** Puts the kept layer $1.$2 back in the place of $1. */
const restoreScript = `set -eu
[ -d "$1.$2" ] || exit 67
rm -rf "$1"
mv -T "$1.$2" "$1"
`;

/** Removes the layer $1 and its kept ones. */
const removeScript = `set -eu
rm -rf "$1" "$1.new"
for kept in "$1".????????????????; do
  case \${kept#"$1."} in *[!0-9a-f]*) ;; *) rm -rf "$kept" ;; esac
done
`;

/**
 * Makes a Debian root file system at $1: suite $2, mirror $3, packages $4 (with commas). Under
 * another name first: there is a whole one or none.
 */
const debootstrapScript = `set -eu
umask 022
base=$1
[ ! -e "$base" ] || exit 0
mkdir -p "\${base%/*}/"
rm -rf "$base.new"
debootstrap --variant=minbase --include="$4" "$2" "$base.new" "$3"
cd "$base.new"
: > etc/machine-id
: > etc/fstab
rm -rf var/cache/apt/archives/*.deb var/lib/apt/lists/*
for unit in apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer e2scrub_reap.service \\
  fstrim.timer systemd-pstore.service systemd-resolved.service systemd-timesyncd.service; do
  ln -sf /dev/null "etc/systemd/system/$unit"
done
cd /
mv -T "$base.new" "$base"
`;

/** Packages without which there is no machine. */
export const basicPackages = [
  'systemd-sysv',
  'dbus',
  'udev',
  'openssh-server',
  'iproute2',
  'iputils-ping',
  'kmod',
  'netbase',
  'procps',
  'sudo',
] as const;

/** The parts of a lab's root file system, each made or removed by one command. */
export function rootfsParts(target: Target) {
  const run = (script: string, name: string, args: readonly string[], input?: string) =>
    target.run('sh', ['-c', script, name, ...args], {
      sudo: true,
      timeout: '60s',
      exits: [0, 67],
      failure: 'action-failed',
      ...(input === undefined ? {} : { input }),
    });
  return {
    async key(path: string): Promise<void> {
      await run(keyScript, 'key', [path]);
    },
    async layer(dir: string, files: readonly LayerFile[], found: string | null): Promise<void> {
      await run(layerScript, 'layer', [dir, found ?? ''], packed(files));
    },
    /** False where the kept layer is not there any more. */
    async restore(dir: string, found: string): Promise<boolean> {
      return (await run(restoreScript, 'restore', [dir, found])).exitCode === 0;
    },
    async removeLayer(dir: string): Promise<void> {
      await run(removeScript, 'remove', [dir]);
    },
    async removeKey(path: string): Promise<void> {
      await target.run('rm', ['-rf', '--', path, `${path}.pub`, `${path}.new`], { sudo: true });
    },
    async debootstrap(base: string, suite: string, mirror: string, packages: readonly string[]) {
      const all = [...new Set([...basicPackages, ...packages])].join(',');
      await target.run('sh', ['-c', debootstrapScript, 'debootstrap', base, suite, mirror, all], {
        sudo: true,
        timeout: '20m',
        failure: 'action-failed',
      });
    },
  };
}
