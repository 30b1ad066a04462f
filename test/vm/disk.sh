#!/bin/sh
# Makes the disk IMAGE of a virtual host: the root file system HOST, and in it this repository, the Node.js that runs it,
# the labs' parts and the proof with its settings (standard input). Run with mounts of its own: what it mounts ends with it.
#   disk.sh IMAGE HOST REPOSITORY NODE PARTS
set -eu
image=$1 host=$2 repository=$3 node=$4 parts=$5
stage=$(dirname "$image")/stage
mkdir -p "$stage"
mount -t tmpfs stage "$stage"
mkdir "$stage/upper" "$stage/work" "$stage/root"
mount -t overlay overlay -o "lowerdir=$host,upperdir=$stage/upper,workdir=$stage/work" "$stage/root"
cd "$stage/root"

cp "$node" usr/local/bin/node
cat > etc/proof.env
cp "$repository/test/vm/guest/proof.service" etc/systemd/system/
cp "$repository/test/vm/guest/proof.sh" usr/local/sbin/proof
chmod 755 usr/local/sbin/proof

mkdir -p opt/runbook opt/cache/parts/current
mount --bind "$repository" opt/runbook
for part in rootfs bin golden; do
  [ -e "$parts/$part" ] || continue
  mkdir "opt/cache/parts/current/$part"
  mount --bind "$(readlink -f "$parts/$part")" "opt/cache/parts/current/$part"
done

# A sparse file; a disk that is used once needs no journal.
rm -f "$image"
truncate -s 16G "$image"
mkfs.ext4 -q -F -O '^has_journal' -m 0 -d "$stage/root" "$image"
