import type { Target } from '../../../core/target.js';
import type { MachineInput } from './input.js';
import { volumeFolder, volumesOf } from './settings.js';

/**
 * Makes the disk of machine $1 with host name $2, and in it folder $4 as a copy of $3 where that is
 * given; the other arguments are further volumes. Everything is made under another name and then
 * renamed: there is a whole disk or none.
 *
 * A golden containerd store may be hard-linked because containerd never writes into the files of
 * blobs and committed snapshots; its databases it does write, so those are copied.
 */
const script = `set -eu
dir=$1 hostname=$2 golden=$3 volume=$4
shift 4
[ ! -d "$dir/disk" ] || exit 0
umask 022
mkdir -p "\${dir%/*}/"
mkdir -p -m 700 "$dir"
rm -rf "$dir/disk.new"
mkdir -p "$dir/disk.new/upper/etc/ssh" "$dir/disk.new/volumes"
cd "$dir/disk.new"
ssh-keygen -q -t ed25519 -N '' -C "$hostname" -f upper/etc/ssh/ssh_host_ed25519_key
printf '%s\\n' "$hostname" > upper/etc/hostname
tr -d - < /proc/sys/kernel/random/uuid > upper/etc/machine-id
for each; do mkdir "volumes/$each"; done
if [ -n "$golden" ]; then
  # The path may be a link to the store of the day: what is linked are the files in it.
  cp -al "$golden/." "volumes/$volume" 2>/dev/null || {
    # Another file system: no links.
    rm -rf "volumes/$volume"
    cp -a --reflink=auto "$golden/." "volumes/$volume"
  }
  find "volumes/$volume" -type f -name '*.db' -exec sh -c '
    for file; do cp -p "$file" "$file.own" && mv -f "$file.own" "$file" || exit 1; done' own {} +
fi
cd /
mv -T "$dir/disk.new" "$dir/disk"
`;

/** Makes the disk of a machine, with its host key, unless it has one. */
export async function makeDisk(target: Target, input: MachineInput): Promise<void> {
  const { dir, name, hostname = name, seed } = input;
  const empty = volumesOf(input).filter((path) => path !== seed?.to);
  await target.run(
    'sh',
    [
      '-c',
      script,
      'disk',
      dir,
      hostname,
      ...(seed === undefined ? ['', ''] : [seed.from, volumeFolder(seed.to)]),
      ...empty.map(volumeFolder),
    ],
    { sudo: true, timeout: '4m', failure: 'action-failed' },
  );
}
