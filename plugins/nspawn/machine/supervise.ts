import { groups, processes } from '../shell.js';
import { enter } from './enter.js';

/**
 * The program that keeps a machine: `supervise DIR SETTINGS`. It gives the machine a network
 * namespace, control groups and an overlay, boots it, and boots it afresh when it reboots itself.
 * It ends when the machine is down. What it writes below DIR: `supervisor` (own pid and start
 * time), `machine` (pid and start time of systemd-nspawn, then of the machine's PID 1), `end` (why
 * the machine is down).
 *
 * Why so: systemd-nspawn alone would keep the network namespace over a reboot, with its routes, BPF
 * programs and sysctls; a real machine loses them. With --keep-unit it ends with 133 when the
 * machine reboots. The overlay is mounted in a mount namespace of its own, so that it is gone with
 * the machine whatever ends it; a slave one, so that a copy of somebody's network namespace does
 * not live on in there.
 */
export const supervise = `#!/bin/sh
set -u
${processes}${groups}
dir=$1 settings=$2
# One supervisor for a disk, ever.
exec 9< "$dir/disk"
flock --nonblock 9 || exit 0
fabric= namespace= group= hostname= layers= reboot= gateway= memory= nics= pid= code=1 stopping=
newline='
'
note() { printf '%s\\n' "$2" > "$dir/$1.part" && mv -f "$dir/$1.part" "$dir/$1"; }
end() {
  cables_down
  clear_group "$group/guest" || echo "control groups are left" >&2
  # Out of the group that is to go. Where the top is no real top (in a container), the group stays for the next one.
  for top in $(hierarchies); do { echo 0 > "$top/cgroup.procs"; } 2>/dev/null || :; done
  drop_lab_group "$group"
  drop_nspawn_folders "$namespace"
  note end "$1"
  rm -f "$dir/machine" "$dir/supervisor"
  exit
}

set --
while IFS= read -r line; do
  value=\${line#* }
  case \${line%% *} in
    fabric) fabric=$value ;;
    namespace) namespace=$value ;;
    group) group=$value ;;
    hostname) hostname=$value ;;
    layers) layers=$value ;;
    reboot) reboot=$value ;;
    gateway) gateway=$value ;;
    memory) memory=$value ;;
    nic) nics=$nics$value$newline ;;
    volume) mkdir -p "$dir/disk/volumes/\${value%%:*}"; set -- "$@" "--bind=$dir/disk/volumes/$value" ;;
    bind) set -- "$@" "--bind=$value" ;;
    bind-ro) set -- "$@" "--bind-ro=$value" ;;
  esac
done < "$settings"
[ ! -e /dev/kmsg ] || set -- "$@" --bind=/dev/kmsg
# The kernel is the host's, and so are its modules and its configuration: kubeadm insists on the latter.
kernel=$(uname -r)
for each in "/boot/config-$kernel" "/lib/modules/$kernel"; do
  [ ! -e "$each" ] || set -- "$@" "--bind-ro=$each"
done

cables_down() {
  while read -r nic cable _; do
    [ -z "$nic" ] || ip -n "$fabric" link del "$cable" 2>/dev/null
  done <<EOF
$nics
EOF
  [ ! -e "/run/netns/$namespace" ] || ip netns del "$namespace"
}

cables_up() {
  [ -e "/run/netns/$fabric" ] || { echo "there is no network namespace $fabric"; return 1; }
  ip netns add "$namespace" && ip -n "$namespace" link set lo up || return 1
  while read -r nic cable mac bridge address; do
    [ -n "$nic" ] || continue
    ip -n "$fabric" link add "$cable" type veth peer name "$nic" address "$mac" netns "$namespace" &&
      ip -n "$fabric" link set "$cable" master "$bridge" up &&
      ip -n "$namespace" addr add "$address" brd + dev "$nic" &&
      ip -n "$namespace" link set "$nic" up || return 1
  done <<EOF
$nics
EOF
  [ -z "$gateway" ] || ip -n "$namespace" route add default via "$gateway"
}

${enter}
# The machine's PID 1: the child of systemd-nspawn whose pid in its innermost namespace is 1.
first_of() {
  for child in $(cat "/proc/$1/task/$1/children" 2>/dev/null); do
    while read -r key pids; do
      [ "$key" = NSpid: ] || continue
      case $pids in *[!0-9]1) echo "$child"; return 0 ;; esac
    done < "/proc/$child/status"
  done 2>/dev/null
  return 1
}

boot() {
  rm -rf "$dir/work" && mkdir -p "$dir/work" "$dir/root" || return 1
  (
    exec 9<&-
    trap - TERM INT HUP
    enter guest || { echo "could not enter the control groups"; exit 1; }
    export SYSTEMD_NSPAWN_API_VFS_WRITABLE=network SYSTEMD_SECCOMP=0 SYSTEMD_NSPAWN_LOCK=0
    exec unshare --mount --propagation slave sh -c '
      layers=$1 dir=$2; shift 2; tries=0
      # The last overlay of this disk may need a moment to go.
      until mount -t overlay overlay -o "lowerdir=$layers,upperdir=$dir/disk/upper,workdir=$dir/work" "$dir/root"; do
        tries=$((tries + 1)); [ $tries -lt 20 ] || exit 1; sleep 0.1
      done
      exec systemd-nspawn "$@"' boot "$layers" "$dir" \\
      --register=no --keep-unit --machine="$namespace" --hostname="$hostname" --directory="$dir/root" \\
      --network-namespace-path="/run/netns/$namespace" --capability=all --link-journal=no --resolv-conf=off \\
      --timezone=off --kill-signal=SIGRTMIN+3 --console=pipe "$@" --boot
  ) &
  pid=$!
}

trap 'stopping=yes; [ -z "$pid" ] || kill -TERM "$pid"' TERM INT HUP
note supervisor "$$ $(started $$)"
enter keeper || end "failed: the control groups cannot be used"
while :; do
  rm -f "$dir/machine"
  [ ! -e "$dir/stop" ] || end "$(cat "$dir/stop")"
  cables_down
  clear_group "$group/guest"
  cables_up || end "failed: the network could not be made"
  boot "$@" || end "failed: the disk cannot be used"
  tries=0
  until first=$(first_of "$pid"); do
    started "$pid" >/dev/null || break
    tries=$((tries + 1)); [ $tries -lt 400 ] || break
    sleep 0.05
  done
  [ -z "$first" ] || note machine "$pid $(started "$pid") $first $(started "$first")"
  # Somebody asked for a stop while there was nothing to be stopped yet.
  [ ! -e "$dir/stop" ] || kill -KILL "\${first:-$pid}"
  wait "$pid"; code=$?
  # A signal to this program ends the wait, not the machine.
  while [ $code -gt 128 ] && started "$pid" >/dev/null; do wait "$pid"; code=$?; done
  [ ! -e "$dir/stop" ] || end "$(cat "$dir/stop")"
  [ -z "$stopping" ] || end "stopped"
  case $code:$reboot in
    133:restart) echo "reboots" ;;
    133:*) end "rebooted" ;;
    0:*) end "powered off" ;;
    *) end "ended with exit code $code" ;;
  esac
done
`;
