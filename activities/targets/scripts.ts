/**
 * The constant programs for /bin/sh (POSIX, with `printf`, `read` and `test -O` as every sh has them)
 * under which commands run on hosts, this machine included. Values come in as positional arguments
 * only. They need Linux's /proc, and `timeout` of coreutils or busybox.
 *
 * They talk back in lines `RS <mark> <words>` on standard output, before the command begins: what
 * stands before such a line was printed by the login shell, and is not the command's. The words are
 *   run <session> <line of /proc/self/stat>   the command begins now, as this process; session `-`:
 *                                             shared with others, `?`: not looked at
 *   missing <name>                            there is no such program
 *   stopped <pid> <verb> <fence>              a leftover of an earlier attempt was stopped
 *   stopped-holder <pid> <verb> <number>      as was what a run had left that has lost a lease since
 *   fenced <name> <number>                    others have a lease since, that this one was to run under
 *   stuck <pids>, superseded <fence>, unwritable <folder>, unsafe <folder>: it was not started
 */

/**
 * $1 mark, $2 limit in seconds, $3 PATH, $4 number of variables; then those, then the command. A variable
 * is `NAME=value`, or `NAME:lines` for one whose value nobody may see: it comes first on standard input.
 */
const prepare = `m=$1 t=$2 PATH=$3 n=$4
shift 4
LC_ALL=C TERM=dumb
export PATH LC_ALL TERM
unset LANG LANGUAGE
say() { printf '\\036%s %s\\n' "$m" "$*"; }
printf '\\036%s\\n' "$m" >&2
take() {
  hidden_lines=\${1##*:}
  IFS= read -r hidden_value || exit 125
  while [ "$hidden_lines" -gt 1 ]; do
    IFS= read -r hidden_line || exit 125
    hidden_value="$hidden_value
$hidden_line"
    hidden_lines=$((hidden_lines - 1))
  done
  export "\${1%%:*}=$hidden_value"
  unset hidden_value hidden_line
}
while [ "$n" -gt 0 ]; do
  case $1 in
    *=*) export "$1" ;;
    *) take "$1" ;;
  esac
  shift
  n=$((n - 1))
done
need() { command -v "$1" >/dev/null 2>&1 || { say missing "$1"; exit 127; }; }
`;

const readOnly = `need timeout
need "$1"
read -r s </proc/self/stat
say run '?' "$s"
exec timeout -k 5 "$t" "$@"
`;

/**
 * clock: sets `clock` to seconds since boot. look: sets `state`, `group` and `session` from a line of
 * /proc/<pid>/stat, whose second field may hold anything. members: sets `found` to the live processes
 * of group $1 and session $2 (`-`: of no session), without this one. lives: whether the process $1 that
 * began at $2 is at work. stop: ends the group $1 whose
 * leader began at $2, with session $3; 0: stopped, 1: there was nothing, 2: something does not go.
 */
const stopping = `clock() { read -r clock rest </proc/uptime; clock=\${clock%%.*}; }
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

/**
 * Leases: their number, then name, mode and number of each. fence: notes the numbers on the target, for
 * good where root may, and refuses where a higher one was here that excludes this one. What holders of
 * lower ones left running is stopped. enter: notes the command as running under them; leave: no more, nor as one of the
 * operation (`f`). No name in these folders has a blank.
 */
const fencing = `leases=$1 held=
shift
while [ "$leases" -gt 0 ]; do held="$held $1 $2 $3"; shift 3; leases=$((leases - 1)); done
if [ -O /var/lib ] && [ -w /var/lib ]; then keep=/var/lib/runbook; else keep=$base; fi
fence() {
  set -- $held
  while [ "$#" -ge 3 ]; do
    l=$keep/leases/$1
    [ -d "$l" ] || (umask 077 && exec mkdir -p "$l") 2>/dev/null || { say unwritable "$l"; exit 125; }
    for d in "$keep" "$keep/leases" "$l"; do
      [ -O "$d" ] && [ ! -L "$d" ] || { say unsafe "$d"; exit 125; }
    done
    [ -e "$l/$2.$3" ] || true 2>/dev/null >"$l/$2.$3" || { say unwritable "$l"; exit 125; }
    for e in "$l"/*; do
      n=\${e##*/} mode=\${n%%.*} n=\${n#*.} c=\${n%%.*}
      case $c in '' | *[!0-9]*) continue ;; esac
      if [ "$c" -gt "$3" ]; then
        [ "$2$mode" = sharedshared ] || { say fenced "$1" "$c"; exit 125; }
      elif [ "$c" -lt "$3" ] && [ "$2$mode" != sharedshared ]; then
        case $n in *.*) ;; *) rm -f "$e"; continue ;; esac
        if read -r pid start sess b what <"$e" && [ "$b" = "$boot" ]; then
          stop "$pid" "$start" "$sess"
          case $? in
            0) say stopped-holder "$pid" "$what" "$c" ;;
            2) say stuck "$found"; exit 125 ;;
          esac
        fi
        rm -f "$e"
      fi
    done
    shift 3
  done
}
enter() {
  set -- $held
  while [ "$#" -ge 3 ]; do
    printf '%s\\n' "$mine" 2>/dev/null >"$keep/leases/$1/$2.$3.$id" ||
      { say unwritable "$keep/leases/$1"; exit 125; }
    shift 3
  done
}
leave() {
  gone="$f $pipes"
  set -- $held
  while [ "$#" -ge 3 ]; do gone="$gone $keep/leases/$1/$2.$3.$id"; shift 3; done
  rm -f $gone
}
`;

/**
 * $1 name of the operation, $2 fence, $3 id of the command, $4 verb, $5 ids of commands of this
 * attempt that were lost; then its leases. Claims the operation for this fence. Each claim is a file of its own,
 * and a command looks for higher claims after it has recorded itself: so of two attempts that meet, the older
 * always learns of the newer. theirs: whether the command $1 (`<fence>.<id>`) is one of an attempt before, or was lost.
 */
const claim = `op=$1 fence=$2 id=$3 verb=$4 lost=$5
shift 5
if [ -O /run ] && [ -w /run ]; then base=/run/runbook; else base=/tmp/runbook-$(id -u); fi
${fencing}dir=$base/ops/$op
if [ ! -d "$dir" ]; then
  (umask 077 && exec mkdir -p "$dir") 2>/dev/null || { say unwritable "$dir"; exit 125; }
  # Now and then: operations that ended a week ago are forgotten.
  case $$ in *77)
    find "$base/ops" -mindepth 1 -maxdepth 1 -type d -mtime +7 2>/dev/null | while read -r d; do
      for f in "$d"/run.*; do [ -e "$f" ] || rm -rf "$d"; done
    done ;;
  esac
fi
for d in "$base" "$base/ops" "$dir"; do
  [ -O "$d" ] && [ ! -L "$d" ] || { say unsafe "$d"; exit 125; }
done
yield() {
  for f in "$dir"/claim.*; do
    c=\${f##*.}
    [ "$c" = '*' ] || [ "$c" -le "$fence" ] || { say superseded "$c"; exit 125; }
  done
}
yield
[ -e "$dir/claim.$fence" ] || true 2>/dev/null >"$dir/claim.$fence" || { say unwritable "$dir"; exit 125; }
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
const stopTheirs = `for f in "$dir"/run.*; do
  [ -e "$f" ] || continue
  theirs "\${f##*/run.}" || continue
  if read -r pid start sess b what <"$f" && [ "$b" = "$boot" ]; then
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

/** begin: records the command that this process is about to become, unless others have come since. */
const guarded = `need timeout
need "$1"
f=$dir/run.$fence.$id pipes=
own() {
  read -r s </proc/self/stat
  pid=\${s%% *}
  set -- \${s##*) }
  start=\${20} sess=$4
  # A session of its own, or nothing may be concluded from it.
  [ "$sess" = "$$" ] || [ "$sess" = "$PPID" ] || sess=-
}
begin() {
  own
  mine="$pid $start $sess $boot $verb"
  printf '%s\\n' "$mine" 2>/dev/null >"$f" || { say unwritable "$dir"; exit 125; }
  ran="$sess $s"
  enter
  yield
  fence
  say run "$ran"
}
`;

const plainly = `(
  begin
  exec timeout -k 5 "$t" "$@"
)
code=$?
leave
exit "$code"
`;

/**
 * For what must not happen twice. What is known of the attempts before belongs to what a person has decided
 * since: it is forgotten. The command's exit code stays for the next attempt, and with $1 `all` the first MiB
 * of each stream: who reads them may be gone at any time, and the command must not notice.
 */
const once = `keep=$1
shift
need tee
for e in "$dir"/end.* "$dir"/out.* "$dir"/err.*; do
  i=\${e##*/}
  if [ -e "$e" ] && theirs "\${i#*.}"; then rm -f "$e"; fi
done
`;

const keeping = `k=$fence.$id
streams() {
  pipes="$dir/pipe1.$k $dir/pipe2.$k"
  (umask 077 && exec mkfifo $pipes) || { say unwritable "$dir"; exit 125; }
  (umask 077 && trap '' PIPE XFSZ && ulimit -f 2048 && exec tee "$dir/out.$k" <"$dir/pipe1.$k" 2>/dev/null) &
  (umask 077 && trap '' PIPE XFSZ && ulimit -f 2048 && exec tee "$dir/err.$k" <"$dir/pipe2.$k" >&2 2>/dev/null) &
}
(
  # What is refused here has not begun, and has no end to tell of.
  trap 'rm -f "$f"' EXIT
  begin
  if [ "$keep" = all ]; then
    streams
    exec timeout -k 5 "$t" "$@" >"$dir/pipe1.$k" 2>"$dir/pipe2.$k"
  fi
  exec timeout -k 5 "$t" "$@"
)
code=$?
[ ! -e "$f" ] || printf '%s\\n' "$code" 2>/dev/null >"$dir/end.$k"
pipes="$dir/pipe1.$k $dir/pipe2.$k"
leave
exit "$code"
`;

/**
 * Looks for commands of attempts before, and stops none:
 *   at <folder>                                      of the operation
 *   left <id> running <pid> | ended <code> | gone    what became of one; gone: nobody learnt how it ended
 *   out <id> <hex>, err <id> <hex>                   the end of what is kept of its output
 *   looked                                           that was all
 */
const lookForTheirs = `fence
say at "$dir"
for f in "$dir"/run.* "$dir"/end.*; do
  [ -e "$f" ] || continue
  i=\${f##*/} kind=\${i%%.*} i=\${i#*.}
  theirs "$i" || continue
  if [ "$kind" = run ]; then
    [ ! -e "$dir/end.$i" ] || continue
    if read -r pid start sess b what <"$f" && [ "$b" = "$boot" ] && lives "$pid" "$start"; then
      say left "$i" running "$pid"
    else
      # It may have ended just now, and be about to tell.
      sleep 0.3
      [ ! -e "$dir/end.$i" ] || { read -r code <"$dir/end.$i" && say left "$i" ended "$code"; }
      [ -e "$dir/end.$i" ] || say left "$i" gone
    fi
  else
    read -r code <"$f" && say left "$i" ended "$code"
  fi
  for n in out err; do
    [ ! -s "$dir/$n.$i" ] || say "$n" "$i" "$(tail -c 4096 "$dir/$n.$i" | od -An -v -tx1 | tr -d ' \\n')"
  done
done
say looked
`;

/** Runs a command that only reads: in bounded time. */
export const readScript = prepare + readOnly;

/**
 * Definitions for a shell that is kept open: `r` runs a command that only reads, in a subshell, with
 * the arguments of {@link readScript}; `e` tells its exit code $1 on both streams, with the mark $2.
 */
export const heldScript = `r() (
${prepare}${readOnly.replace("say run '?'", "say run '-'")})
e() { printf '\\036%s end %s\\n' "$2" "$1"; printf '\\036%s end\\n' "$2" >&2; }
`;

/** Runs a command that changes something: recorded on the target, so that the next attempt finds it. */
export const changeScript = prepare + stopping + claim + stopTheirs + guarded + plainly;

/** The same for what must not happen twice; between claim and command stands what is kept of its output: `all` or `end`. */
export const onceScript = prepare + stopping + claim + stopTheirs + once + guarded + keeping;

/** Claims the operation, and tells what became of commands of the attempts before. */
export const lookScript = `${prepare}${stopping}${claim}${lookForTheirs}`;

/** Stops what earlier attempts left running, and claims the operation. */
export const sweepScript = `${prepare}${stopping}${claim}${stopTheirs}say swept
`;

/** $1 pid, $2 start time, $3 session: stops a command; says `gone` or `stuck <pids>`. */
export const stopScript = `${prepare}${stopping}stop "$1" "$2" "$3"
[ "$?" -ne 2 ] || { say stuck "$found"; exit 1; }
say gone
`;
