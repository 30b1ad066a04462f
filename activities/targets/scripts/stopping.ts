/**
 * clock: sets `clock` to seconds since boot. look: sets `state`, `group` and `session` from a line of
 * /proc/<pid>/stat, whose second field may hold anything. members: sets `found` to the live processes
 * of group $1 and session $2 (`-`: of no session), without this one. lives: whether the process $1 that
 * began at $2 is at work. stop: ends the group $1 whose
 * leader began at $2, with session $3; 0: stopped, 1: there was nothing, 2: something does not go.
 */
export const stopping = `clock() { read -r clock rest </proc/uptime; clock=\${clock%%.*}; }
look() {
  rest=\${1##*) }
  state=\${rest%% *} rest=\${rest#* }
  rest=\${rest#* }
  group=\${rest%% *} rest=\${rest#* }
  session=\${rest%% *}
}
members() {
  g=$1 k=$2 found=
  all=$(cat /proc/[0-9]*/stat 2>/dev/null)
  ifs=$IFS IFS='
'
  set -f
  set -- $all
  set +f
  IFS=$ifs
  for s do
    look "$s"
    [ "$group" = "$g" ] || [ "$session" = "$k" ] || continue
    # A name may hold a newline, and make a line look like that of another process: read it alone.
    p=\${s%% *}
    case $p in '' | *[!0-9]* | "$$") continue ;; esac
    { read -r s <"/proc/$p/stat"; } 2>/dev/null || continue
    look "$s"
    case $state in Z | X) continue ;; esac
    if [ "$group" = "$g" ] || [ "$session" = "$k" ]; then found="$found $p"; fi
  done
}
lives() {
  { read -r s <"/proc/$1/stat"; } 2>/dev/null || return 1
  look "$s"
  case $state in Z | X) return 1 ;; esac
  set -- "$2" \${s##*) }
  [ "\${21}" = "$1" ]
}
stop() {
  pid=$1 start=$2 sess=$3
  if { read -r s <"/proc/$pid/stat"; } 2>/dev/null; then
    set -- \${s##*) }
    [ "\${20}" = "$start" ] || return 1
  fi
  # A number is given to another only when nobody of that session is left: a younger leader is a stranger's.
  if { read -r s <"/proc/$sess/stat"; } 2>/dev/null; then
    set -- \${s##*) }
    [ "\${20}" -le "$start" ] || return 1
  fi
  members "$pid" "$sess"
  [ -n "$found" ] || return 1
  for p in $found; do
    # The leader of the session waits for its command, and ends after it.
    [ "$p" = "$sess" ] && [ "$p" != "$pid" ] || kill -TERM "$p" 2>/dev/null
  done
  kill -CONT $found 2>/dev/null
  clock
  kill=$((clock + 5))
  end=$((clock + 10))
  while [ "$clock" -le "$end" ]; do
    sleep 0.1
    members "$pid" "$sess"
    [ -n "$found" ] || return 0
    clock
    [ "$clock" -lt "$kill" ] || kill -KILL $found 2>/dev/null
  done
  return 2
}
`;
