const packages = `mkdir -p /srv/archive; cd /srv/archive
pack() {
  d=/tmp/$1-$2; mkdir -p "$d/DEBIAN" "$d/usr/share/$1"
  echo "$1 $2" > "$d/usr/share/$1/version"
  printf 'Package: %s\\nVersion: %s\\nArchitecture: all\\nMaintainer: Nobody <nobody@example.org>\\nDescription: small\\n' "$1" "$2" > "$d/DEBIAN/control"
  [ -z "$3" ] || echo "Depends: $3" >> "$d/DEBIAN/control"
  if [ "$1" = rb-tool ]; then mkdir -p "$d/etc"; echo setting > "$d/etc/rb-tool.conf"; echo /etc/rb-tool.conf > "$d/DEBIAN/conffiles"; fi
  dpkg-deb --root-owner-group --build "$d" "$1_$2_all.deb" >/dev/null
  dpkg-deb --field "$1_$2_all.deb"
  printf 'Filename: ./%s_%s_all.deb\\nSize: %s\\n' "$1" "$2" "$(stat -c %s "$1_$2_all.deb")"
  printf 'SHA256: %s\\n\\n' "$(sha256sum < "$1_$2_all.deb" | cut -d' ' -f1)"
}
{ pack rb-lib 1.0 ''; pack rb-tool 1.0 rb-lib; pack rb-tool 2.0 rb-lib; pack rb-user 1.0 rb-tool; } > Packages`;

/**
 * Scripts of an archive of small packages for real dpkg and apt: `rb-tool` (1.0, 2.0, with a configuration file)
 * needs `rb-lib`; `rb-user` needs `rb-tool`. In a sandbox they have a database of their own that is empty.
 */
export const smallArchive = {
  /** Makes the archive, in /srv/archive. */
  archive: packages,
  /** Makes it once per sandbox, with an empty database and no other source. */
  build: `[ ! -d /srv/archive ] || exit 0
${packages}
rm -rf /etc/apt/sources.list /etc/apt/sources.list.d/*
echo 'deb [trusted=yes] file:/srv/archive ./' > /etc/apt/sources.list
mount -t tmpfs tmpfs /var/lib/dpkg
rm -rf /var/lib/apt/lists/*; mkdir -p /var/lib/dpkg/info; touch /var/lib/dpkg/status
apt-get -q update >/dev/null
cp -a /var/lib/apt/lists /srv/lists`,
  /** Takes back everything that was installed, and every list fetched or lost. */
  reset: `rm -rf /var/lib/dpkg/* /var/lib/apt/extended_states /var/lib/runbook /usr/share/rb-* /etc/rb-tool.conf
mkdir -p /var/lib/dpkg/info /var/lib/dpkg/updates /var/lib/dpkg/triggers
touch /var/lib/dpkg/status /var/lib/dpkg/available
rm -rf /var/lib/apt/lists; cp -a /srv/lists /var/lib/apt/lists
mv -f /srv/archive/Packages.hidden /srv/archive/Packages 2>/dev/null || :`,
  /** Prints what is installed, how, and its files. */
  look: `dpkg-query -W -f '\${Package} \${Version} \${db:Status-Status} \${db:Status-Want}\\n' 2>/dev/null | LC_ALL=C sort
apt-mark showauto
find /usr/share/rb-* /etc/rb-tool.conf 2>/dev/null | LC_ALL=C sort`,
  /** Installs without a word. */
  install: 'DEBIAN_FRONTEND=noninteractive apt-get -qq -y install >/dev/null',
} as const;
