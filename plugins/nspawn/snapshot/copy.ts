/**
 * `copy_disk FROM TO GOLDEN VOLUME` makes the disk TO.new as a copy of FROM, which nobody may be
 * using. In the volume that began as a hard-linked copy of GOLDEN, files that still are GOLDEN's
 * are linked again: they are never written to. All others get a copy of their own, because a
 * machine writes into its files.
 *
 * How it tells them apart: everything is linked first. What then has two links was the disk's
 * alone. What has more is GOLDEN's if its inode is there; else it had several names within the
 * disk.
 */
export const copyDisk = `own() {
  xargs -0 -r sh -c 'for file; do cp -a --reflink=auto "$file" "$file.own" && mv -f "$file.own" "$file" || exit 255; done' own
}
link_volume() {
  cp -al "$1" "$2" 2>/dev/null || { rm -rf "$2"; cp -a --reflink=auto "$1" "$2"; return; }
  find "$2" -type f -links 2 -print0 | own
  find "$3/." -type f -printf '%i\\n' | sort -u > "$2.golden"
  find "$2" -type f -links +2 -printf '%i\\n' | sort -u | comm -23 - "$2.golden" > "$2.others"
  while read -r inode; do find "$2" -type f -inum "$inode" -print0 | own; done < "$2.others"
  rm -f "$2.golden" "$2.others"
}
copy_disk() {
  rm -rf "$2.new"
  mkdir -p "\${2%/*}/"
  mkdir "$2.new" "$2.new/volumes"
  cp -a --reflink=auto "$1/upper" "$2.new/upper"
  for each in "$1/volumes"/*; do
    [ -d "$each" ] || continue
    if [ -n "$3" ] && [ "\${each##*/}" = "$4" ] && [ -d "$3" ]; then link_volume "$each" "$2.new/volumes/$4" "$3"
    else cp -a --reflink=auto "$each" "$2.new/volumes/"; fi
  done
}
`;
