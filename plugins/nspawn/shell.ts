/**
 * Pieces of constant shell text (dash) that several scripts begin with. Nothing is ever put into
 * them: values arrive as positional arguments or on standard input.
 */

/**
 * `started PID` prints when a process began (clock ticks after the host's boot) unless it is gone
 * or a zombie; with the pid that is its identity. `alive PID TICKS` asks whether it is still that
 * one.
 */
export const processes = `started() {
  stat=$(cat "/proc/$1/stat" 2>/dev/null) || return 1
  # The name of the program is in parentheses and may hold anything: the fields count from behind it.
  set -- \${stat##*) }
  [ "\${1:-Z}" != Z ] && echo "\${20}"
}
alive() { [ -n "\${1:-}" ] && [ "$(started "$1")" = "$2" ]; }
`;

/**
 * `hierarchies` prints the top of every control group hierarchy: one with version 2 alone, one per
 * controller with version 1. `drop_group PATH` removes a group with all below it from every one,
 * and is true when nothing is left; `clear_group` first ends what still runs in there;
 * `drop_lab_group` is for the group of a whole machine.
 */
export const groups = `hierarchies() {
  if [ "$(stat -f -c %T /sys/fs/cgroup)" = cgroup2fs ]; then echo /sys/fs/cgroup; return; fi
  while read -r _ at type _; do
    case $type:$at in cgroup:/sys/fs/cgroup/* | cgroup2:/sys/fs/cgroup/*) echo "$at" ;; esac
  done < /proc/mounts
}
drop_group() {
  left=0
  for top in $(hierarchies); do
    [ -d "$top/$1" ] || continue
    find "$top/$1" -depth -type d -exec rmdir {} + 2>/dev/null
    [ ! -d "$top/$1" ] || left=1
  done
  return $left
}
clear_group() {
  # Whatever still lives in there has lost its machine. What has ended stays in its group for a moment.
  tries=0
  until drop_group "$1"; do
    for top in $(hierarchies); do
      [ ! -d "$top/$1" ] || find "$top/$1" -name cgroup.procs -exec cat {} +
    done 2>/dev/null | sort -u | while read -r lost; do kill -KILL "$lost" 2>/dev/null; done
    tries=$((tries + 1)); [ $tries -lt 50 ] || return 1
    sleep 0.1
  done
}
drop_lab_group() {
  # The lab's group goes with the last machine's.
  drop_group "$1" || return 1
  for top in $(hierarchies); do rmdir "$top/\${1%/*}" 2>/dev/null || :; done
}
drop_nspawn_folders() {
  # What systemd-nspawn leaves when it is killed, and always where /run is no tmpfs.
  for each in propagate unix-export; do rmdir "/run/systemd/nspawn/$each/$1" 2>/dev/null || :; done
}
`;
