/**
 * Shell text for the supervisor, to follow that of `groups`. `enter LEAF` puts its process into
 * `$group/LEAF` of every hierarchy, and there keeps a guest within `$memory` bytes unless that is
 * empty.
 *
 * Processes live in leaves only (version 2 insists). Handed down to them are the controllers that
 * systemd manages: systemd-nspawn would give no others to the machine, and nobody would take
 * others back from the host's top group.
 */
export const enter = `enter() {
  for at in $(hierarchies); do
    for part in "\${group%/*}" "\${group##*/}" "$1"; do
      above=$at at=$at/$part
      if [ -e "$above/cgroup.subtree_control" ]; then
        for controller in cpu cpuset io memory pids; do
          { echo "+$controller" > "$above/cgroup.subtree_control"; } 2>/dev/null || :
        done
      fi
      tries=0
      # Another machine of the lab may be removing the folder above just now.
      until mkdir -p "$at"; do tries=$((tries + 1)); [ $tries -lt 20 ] || return 1; sleep 0.1; done
      if [ -e "$at/cgroup.clone_children" ] && [ -e "$at/cpuset.cpus" ]; then
        cat "$above/cpuset.cpus" > "$at/cpuset.cpus"
        cat "$above/cpuset.mems" > "$at/cpuset.mems"
        echo 1 > "$at/cgroup.clone_children"
      fi
    done
    if [ "$at" = "/sys/fs/cgroup/$group/$1" ]; then
      for controller in cpu memory pids; do
        case " $(cat "$at/cgroup.controllers") " in *" $controller "*) continue ;; esac
        echo "the controller $controller is not handed down by /sys/fs/cgroup: processes live in there"
        return 1
      done
    fi
    if [ "$1" = guest ] && [ -n "$memory" ]; then
      for limit in memory.limit_in_bytes memory.max; do
        [ ! -e "$at/$limit" ] || echo "$memory" > "$at/$limit" || return 1
      done
    fi
    echo 0 > "$at/cgroup.procs" || return 1
  done
}
`;
