import { fencing } from './fencing.js';

/**
 * $1 name of the operation, `<run>_<hash>`, $2 fence, $3 id of the command, $4 verb, $5 ids of commands of this
 * attempt that were lost; then its leases. Claims the operation for this fence, in the folder of its run, which is
 * made once: to start mkdir for each step would take a fifth of all that the guards take. Each claim is a file of its
 * own, and a command looks for higher claims after it has recorded itself: so of two attempts that meet, the older
 * always learns of the newer. theirs: whether the command $1 (`<fence>.<id>`) is one of an attempt before, or was lost.
 */
export const claim = `op=$1 fence=$2 id=$3 verb=$4 lost=$5
shift 5
if [ -O /run ] && [ -w /run ]; then base=/run/runbook; else base=/tmp/runbook-$(id -u); fi
${fencing}dir=$base/ops/\${op%_*} at=$dir/$op
if [ ! -d "$dir" ]; then
  (umask 077 && exec mkdir -p "$dir") 2>/dev/null || { say unwritable "$dir"; exit 125; }
  # Now and then: runs whose operations here ended a week ago are forgotten.
  case $$ in *77)
    find "$base/ops" -mindepth 1 -maxdepth 1 -type d -mtime +7 2>/dev/null | while read -r d; do
      for f in "$d"/*.run.*; do [ -e "$f" ] || rm -rf "$d"; done
    done ;;
  esac
fi
for d in "$base" "$base/ops" "$dir"; do
  [ -O "$d" ] && [ ! -L "$d" ] || { say unsafe "$d"; exit 125; }
done
yield() {
  for y in "$at".claim.*; do
    c=\${y##*.}
    [ "$c" = '*' ] || [ "$c" -le "$fence" ] || { say superseded "$c"; exit 125; }
  done
}
yield
[ -e "$at.claim.$fence" ] || true 2>/dev/null >"$at.claim.$fence" || { say unwritable "$dir"; exit 125; }
read -r boot </proc/sys/kernel/random/boot_id
theirs() {
  c=\${1%%.*}
  case $c in '' | *[!0-9]*) return 1 ;; esac
  [ "$c" = "$fence" ] || return 0
  case " $lost " in *" \${1#*.} "*) return 0 ;; esac
  return 1
}
`;

/** Stops what lower fences left running. */
export const stopTheirs = `for f in "$at".run.*; do
  [ -e "$f" ] || continue
  theirs "\${f##*.run.}" || continue
  if { read -r pid start sess b what <"$f"; } 2>/dev/null && [ "$b" = "$boot" ]; then
    stop "$pid" "$start" "$sess"
    case $? in
      0) say stopped "$pid" "$what" "$c" ;;
      2) say stuck "$found"; exit 125 ;;
    esac
  fi
  rm -f "$f"
done
fence
`;
