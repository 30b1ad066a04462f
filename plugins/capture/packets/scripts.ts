import { folder } from '../input.js';

/** Held while a capture is under way; gone with the next boot. */
const lock = '/run/runbook-capture.lock';

/** Exit codes of {@link take} besides those of tcpdump. */
export const exit = { busy: 75, full: 76, missing: 77 } as const;

/** Prints the sum and size of the capture $1, and what tcpdump said at its end; \`none\` where there is none. */
export const look = `set -eu
[ -f "$1" ] || { echo none; exit 0; }
sum=$(sha256sum < "$1")
echo "\${sum%% *} $(stat -c %s -- "$1")"
[ ! -f "$1.said" ] || cat -- "$1.said"
`;

/**
 * Takes the capture $1 for $2 seconds where $3 MiB are free; the rest are arguments of tcpdump. It ends when
 * its time is up, which is no failure, and is put in place whole.
 */
export const take = `set -eu
path=$1 seconds=$2 free=$3
shift 3
command -v tcpdump >/dev/null || exit ${exit.missing}
umask 077
mkdir -p ${folder}
[ "$(df -Pm ${folder} | awk 'END { print $4 }')" -ge "$free" ] || exit ${exit.full}
exec 9> ${lock}
flock -n 9 || exit ${exit.busy}
code=0
timeout --signal=INT --kill-after=5 "$seconds" tcpdump -Z root -n -U -w "$path.part" "$@" 2> "$path.said.part" 9>&- || code=$?
if [ "$code" != 0 ] && [ "$code" != 124 ]; then
  cat "$path.said.part" >&2
  rm -f -- "$path.part" "$path.said.part"
  exit 1
fi
mv -f -- "$path.said.part" "$path.said"
mv -f -- "$path.part" "$path"
`;

/** Removes the capture $1, and whatever a killed attempt has left of it. */
export const remove = `set -eu
rm -f -- "$1" "$1.said" "$1.part" "$1.said.part"
rmdir -- ${folder} 2>/dev/null || :
`;
