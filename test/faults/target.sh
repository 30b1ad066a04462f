#!/bin/sh
# The target of the reference runbook: keeps a ledger that the engine under test cannot reach, does one small thing
# per step, and springs the traps that the nemesis has laid.
#
#   sh target.sh <check|apply|undo> <folder> <run> <step> <pace in seconds>
#
# A line of the ledger is `<run> <step> <verb> <attempt> <fence> <pid> <word>`, on the disk before the next thing
# happens. Words: start, end, stopped (by TERM), beside (an earlier attempt was still alive when this one began).
set -u
verb=$1 folder=$2 run=$3 step=$4 pace=$5
ledger=$folder/ledger
effect=$folder/effects/$run/$step
attempt=0 fence=-

mark() {
  printf '%s %s %s %s %s %s %s\n' "$run" "$step" "$verb" "$attempt" "$fence" "$$" "$1" >>"$ledger"
  sync "$ledger"
}
marked() { grep -q "^$run $step $1 .* $2\$" "$ledger" 2>/dev/null; }

# Springs the trap that is laid for a point, once: a file whose lines are `<signal> <worker|server>`,
# `linger <seconds>`, and `hold <seconds>`: until the nemesis says so, for at most that long. Only the victims' own
# files say which processes they are.
spring() {
  laid=$folder/traps/$run.$step.$1 sprung=$folder/sprung/$run.$step.$1
  [ -e "$laid" ] || return 0
  [ "$1" != heartbeat ] || sleep 2.5
  mv "$laid" "$sprung" 2>/dev/null || return 0
  while read -r word who; do
    case $word in
      linger) sleep "$who" ;;
      hold) held "$run.$step.$1" "$who" ;;
      *) for pid in $(victims "$who"); do strike "$word" "$who" "$pid"; done ;;
    esac
  done <"$sprung"
}
held() {
  left=$(($2 * 10))
  until [ -e "$folder/released/$1" ] || [ "$left" -le 0 ]; do sleep 0.1; left=$((left - 1)); done
}
victims() {
  case $1 in
    worker) sed -n 's/^{"pid":\([0-9]*\),.*/\1/p' "$folder"/.state/projects/*/worker.json ;;
    server) sed -n 's/^{"process":{"pid":\([0-9]*\),.*/\1/p' "$folder/.state/server.json" ;;
  esac
}

# A status may be older than the process that now has its number. Each kill is told: victim, process, and when.
strike() {
  grep -qs "$folder/" "/proc/$3/cmdline" || return 0
  began=$(sed 's/.*) //' "/proc/$3/stat" 2>/dev/null | cut -d ' ' -f 20)
  kill -s "$1" "$3" && printf '%s %s:%s %s\n' "$2" "$3" "$began" "$(date +%s%3N)" >>"$folder/kills"
}

# The number of the attempt, its fence as the wrapper above this process has recorded it, and whether it is alone.
begin() {
  attempt=$(($(grep -c "^$run $step $verb .* start\$" "$ledger" 2>/dev/null) + 1))
  for base in /run/runbook "/tmp/runbook-$(id -u)"; do
    record=$(grep -ls "^$PPID " "$base"/ops/"$run"/*.run.* 2>/dev/null)
    [ -z "$record" ] || fence=$(printf '%s' "${record##*.run.}" | cut -d. -f1)
  done
  for pid in $(sed -n "s/^$run $step .* \([0-9]*\) start\$/\1/p" "$ledger" 2>/dev/null); do
    cat "/proc/$pid/cmdline" 2>/dev/null | tr '\0' ' ' | grep -q "target.sh .* $run $step " && mark beside
  done
  trap 'mark stopped; exit 143' TERM
  mark start
}
# A stop between the effect and its mark would leave nobody to tell of the effect.
done_with() {
  trap '' TERM
  case $verb in
    apply) mkdir -p "${effect%/*}" && echo "$$" >>"$effect" ;;
    undo) rm -f "$effect" ;;
  esac
  mark end
  trap - TERM
}

# A step that is given a secret prints it: as it is, in base64 with something before it, and in pieces.
tell() {
  [ -n "${CANARY-}" ] || return 0
  printf 'uses %s\n' "$CANARY"
  printf '%s' "user:$CANARY" | base64 -w 0
  printf '\n%s' "$CANARY" | head -c 9
  sleep 0.05
  printf '%s\n' "$CANARY" | tail -c +10
}

case $verb in
  check)
    tell >&2
    if marked undo start; then :
    elif marked apply end; then spring verifying
    elif ! marked apply start; then spring between
    fi
    [ -e "$effect" ] || { echo "$step is not done"; exit 1; }
    echo "$step is done"
    ;;
  apply)
    spring before
    begin
    tell
    spring during
    sleep "$pace"
    spring heartbeat
    done_with
    spring unreported
    ;;
  undo)
    begin
    tell >&2
    spring undo
    sleep "$pace"
    done_with
    spring undone
    ;;
esac
