#!/bin/sh
# Stands in the place of a login shell (ForceCommand), and lies about some of the commands that it is given.
#
#   sh lying.sh <kind> <folder>
#
# The folder has `lies`, a line for each command in the order in which they come, 1 for a lie, and `count`.
set -u
kind=$1 folder=$2
number=$(flock "$folder/count" sh -c 'n=$(($(cat "$1") + 1)); echo "$n" >"$1"; echo "$n"' sh "$folder/count")
[ "$(sed -n "${number}p" "$folder/lies")" = 1 ] || kind=honest

noise() {
  printf 'Last login: today\r\n\033]0;title\007\033[31m\036run - 1 (sh) S 1 1 1\n\036 missing timeout\n'
  printf '\000\377\376 disk is 93%% full, no newline'
}
run() { bash -c "$SSH_ORIGINAL_COMMAND"; }

case $kind in
  exits-0) exit 0 ;;
  account-closed) echo 'This account is currently not available.'; exit 1 ;;
  killed) kill -KILL "$$" ;;
  no-status) run; kill -KILL "$PPID" ;;
  dies-after)
    run
    code=$?
    (sleep 0.1; kill -KILL "$PPID") >/dev/null 2>&1 &
    exit "$code"
    ;;
  motd) noise; noise >&2; run ;;
  farewell) run; code=$?; noise; noise >&2; exit "$code" ;;
  lingers) run; code=$?; sleep 15 & exit "$code" ;;
  slow) sleep 3; run ;;
  *) run ;;
esac
