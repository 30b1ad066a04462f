/** Waits for another session of ours on the same router; ends with 75 where it takes too long. */
const alone = `exec 9> /run/runbook-frr.lock
flock -w 30 9 || exit 75
`;

const scratch = `umask 077
d=$(mktemp -d)
trap 'rm -rf -- "$d"' EXIT
trap 'exit 143' HUP INT TERM
`;

/** `must_be file sum code`: ends with that code where the file has another sum. */
const sums = `must_be() { got=$(sha256sum < "$1"); [ "\${got%% *}" = "$2" ] || exit "$3"; }
`;

/** Makes the folder $k for what run $1 keeps, readable for root only. */
const keep = `k=/var/lib/runbook/$1/kept
umask 022
mkdir -p -- /var/lib/runbook
umask 077
mkdir -p -- "$k"
`;

/** Takes $2 of what run $1, or any other, kept, as standard input; 64: nobody did. */
const recall = `k=/var/lib/runbook/$1/kept/$2
if [ ! -f "$k" ]; then
  for k in /var/lib/runbook/*/kept/"$2"; do [ ! -f "$k" ] || break; done
fi
[ -f "$k" ] || exit 64
exec < "$k"
`;

/** What lies on the router: files with mode, owner and sum; the reload script; the daemons file itself. */
export const lookScript = `set -eu
state() {
  if [ -L "$2" ]; then printf '%s\\tlink\\n' "$1"
  elif [ -f "$2" ]; then
    sum=$(sha256sum < "$2")
    printf '%s\\tfile\\t%s\\t%s\\t%s\\n' "$1" "$(stat -c %a -- "$2")" "$(stat -c %U:%G -- "$2")" "\${sum%% *}"
  fi
}
state conf /etc/frr/frr.conf
state daemons /etc/frr/daemons
for r in /usr/lib/frr/frr-reload.py /usr/libexec/frr/frr-reload.py; do
  if [ -f "$r" ]; then printf 'reload\\t%s\\n' "$r"; break; fi
done
if grep -qsx '[[:space:]]*no service integrated-vtysh-config[[:space:]]*' /etc/frr/vtysh.conf; then
  printf 'split\\n'
fi
printf '\\n'
if [ -f /etc/frr/daemons ]; then cat /etc/frr/daemons; fi
`;

/**
 * Standard input is a configuration. 65: vtysh finds faults in it, told on standard error; 66: the
 * comparison by $1 failed. $1 empty: nothing runs to compare with.
 */
export const testScript = `set -eu
${scratch}cat > "$d/frr.conf"
vtysh -C -f "$d/frr.conf" > "$d/said" 2>&1 || { cat -- "$d/said" >&2; exit 65; }
[ -n "$1" ] || exit 0
"$1" --test "$d/frr.conf" 2> "$d/said" || { cat -- "$d/said" >&2; exit 66; }
`;

/**
 * Makes standard input the running configuration with the reload script $3, then compares on standard
 * output; what the reload said goes to standard error. Its exit code is left out: only what is shown
 * afterwards counts. The folder named as that of the configuration keeps frr-reload.py from writing
 * what runs over /etc/frr/frr.conf: that would lose every line that no running daemon knows.
 */
const reloadTail = `cat > "$d/frr.conf"
vtysh -C -f "$d/frr.conf" > "$d/said" 2>&1 || { cat -- "$d/said" >&2; exit 65; }
"$3" --reload --stdout --log-level warning --confdir "$d" "$d/frr.conf" 9>&- >&2 || :
"$3" --test "$d/frr.conf" 2> "$d/said" || { cat -- "$d/said" >&2; exit 66; }
`;
export const reloadScript = `set -eu\n${alone}${scratch}${reloadTail}`;
export const reloadKeptScript = `set -eu\n${alone}${scratch}${recall}${reloadTail}`;

/** Keeps the running configuration for run $1 as $2, unless it did before, and prints what is kept. */
export const keepRunningScript = `set -eu
${keep}if [ ! -f "$k/$2" ]; then
  trap 'rm -f -- "$k/$2.part"' EXIT
  vtysh -c 'show running-config no-header' > "$k/$2.part"
  sync -- "$k/$2.part"
  mv -fT -- "$k/$2.part" "$k/$2"
  sync -- "$k"
fi
cat -- "$k/$2"
`;

/** Prints $2 of what run $1, or any other, kept. */
export const recallScript = `set -eu\n${recall}exec cat\n`;

/** Forgets what run $1 kept as $2. */
export const forgetScript = `set -eu\nrm -f -- "/var/lib/runbook/$1/kept/$2"\n`;

/** Keeps the file $3, whose sum must be $2, for run $1, unless it did before; 76: it was changed. */
export const keepFileScript = `set -eu
${sums}${keep}if [ -f "$k/$2" ]; then exit 0; fi
trap 'rm -f -- "$k/$2.part"' EXIT
cp -- "$3" "$k/$2.part"
must_be "$k/$2.part" "$2" 76
sync -- "$k/$2.part"
mv -fT -- "$k/$2.part" "$k/$2"
sync -- "$k"
`;

/**
 * Puts standard input, whose sum must be $2, in place of the file $3 with mode $4 and owner $5:
 * written beside it, flushed, then renamed, so that there is the old file or the new one, whole.
 */
const putTail = `umask 077
t=$3.runbook
trap 'rm -f -- "$t"' EXIT
rm -f -- "$t"
set -C; cat > "$t"; set +C
must_be "$t" "$2" 69
chown -- "$5" "$t" || exit 68
chmod -- "$4" "$t"
sync -- "$t"
mv -fT -- "$t" "$3"
sync -- "\${3%/*}"
`;
export const putScript = `set -eu\n${alone}${sums}${putTail}`;
export const putKeptScript = `set -eu\n${alone}${sums}${recall}${putTail}`;

/** Removes the file $1, and what a lost writer left beside it. */
export const removeScript = `set -eu\n${alone}rm -f -- "$1" "$1.runbook"\n`;

/** Starts FRR, stops it, or lets it take up its daemons file: $1 is start, stop or reload. */
export const serviceScript = `set -eu
${alone}if [ -d /run/systemd/system ]; then exec systemctl "$1" frr 9>&-; fi
for s in /usr/lib/frr/frrinit.sh /usr/libexec/frr/frrinit.sh; do
  if [ -x "$s" ]; then exec "$s" "$1" 9>&-; fi
done
exit 67
`;
