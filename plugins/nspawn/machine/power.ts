import { PermanentError, RunbookError } from '../../../core/errors.js';
import { excerpt, plainText } from '../../../core/excerpt.js';
import type { CommandOptions, CommandResult, Target } from '../../../core/target.js';
import { groups, processes } from '../shell.js';
import type { Settings } from './settings.js';
import { placeArguments, type MachinePlace } from './status.js';
import { supervise } from './supervise.js';

/** Exit code of the scripts below where the machine ended although it was to run. */
const endedExit = 70;
/** Exit code where it did not get so far within the time. */
const lateExit = 75;
/** Exit code where the settings to start with are not there. */
const unknownExit = 66;

/**
 * What the scripts begin with: one of them at a time for a machine, and how to read a file of one
 * line.
 */
const begin = `set -u
${processes}
dir=$1 namespace=$2 group=$3
[ -d "$dir" ] || exit 0
exec 9< "$dir"
flock --timeout 60 9 || exit ${lateExit}
read_word() { word=; [ ! -r "$dir/$1" ] || read -r word < "$dir/$1" || :; }
`;

/**
 * Writes standard input to $1/$2, whole or not at all: a running shell goes on reading the old
 * file.
 */
const placeScript = `set -eu
umask 077
mkdir -p "$1/settings"
cat > "$1/$2.part"
mv -f "$1/$2.part" "$1/$2"
`;

/**
 * Starts the supervisor with the settings $4, in a session of its own and without this command's
 * environment (so that nothing takes it for a part of the command), and waits until the machine has
 * a PID 1.
 */
const startScript = `${begin}
[ -r "$dir/settings/$4" ] || exit ${unknownExit}
read_word supervisor
if ! alive $word; then
  rm -f "$dir/end" "$dir/stop" "$dir/machine" "$dir/snapshot"
  printf '%s\\n' "$4" > "$dir/started"
  [ ! -e "$dir/log" ] || mv -f "$dir/log" "$dir/log.1"
  setsid --fork env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C \\
    sh "$dir/supervise" "$dir" "$dir/settings/$4" < /dev/null > "$dir/log" 2>&1 9<&-
fi
tries=0
while [ ! -e "$dir/machine" ]; do
  if [ -e "$dir/end" ]; then cat "$dir/end"; tail -n 5 "$dir/log" >&2; exit ${endedExit}; fi
  tries=$((tries + 1)); [ $tries -lt 300 ] || { tail -n 5 "$dir/log" >&2; exit ${lateExit}; }
  sleep 0.05
done
`;

/**
 * Stops a machine; $4 is \`stop\` (orderly, within $5 seconds, then as below) or \`cut\`: first its
 * links go, then its processes, all at once, as when the power fails. A frozen machine is thawed
 * only to die.
 */
const stopScript = `${begin}${groups}
mode=$4 seconds=$5
read_word supervisor; supervisor=$word
read_word machine
set -- $word
[ $# = 4 ] || set -- '' '' '' ''
running() { alive $supervisor || alive "$1" "$2" || alive "$3" "$4"; }
# cut PID: no link, then no process.
cut() {
  read_word started
  while read -r key nic cable _; do
    case $key in fabric) fabric=$nic ;; nic) ip -n "$fabric" link del "$cable" 2>/dev/null ;; esac
  done < "$dir/settings/$word"
  kill -KILL "$1"
  for top in $(hierarchies); do
    [ ! -e "$top/$group/guest/freezer.state" ] || echo THAWED > "$top/$group/guest/freezer.state"
    [ ! -e "$top/$group/guest/cgroup.freeze" ] || echo 0 > "$top/$group/guest/cgroup.freeze"
  done
}
cause=stopped
[ "$mode" = stop ] || cause="power cut"
if running "$@"; then
  printf '%s\\n' "$cause" > "$dir/stop"
  # Between two boots there is nothing to signal: the supervisor sees that file.
  # 37 is SIGRTMIN+3, which asks systemd to power off.
  if ! alive "$3" "$4"; then alive $supervisor || kill -KILL "$1"
  elif [ "$mode" = stop ]; then kill -37 "$3"
  else cut "$3"; fi
  tenths=0
  while running "$@"; do
    tenths=$((tenths + 1))
    if [ $tenths -eq $((seconds * 10)) ] && [ "$mode" = stop ]; then
      echo "stopped, by force after $seconds s" > "$dir/stop"
      if alive "$3" "$4"; then cut "$3"; fi
    fi
    if [ $tenths -eq $((seconds * 10 + 100)) ]; then
      # A machine outlives its systemd-nspawn, so that goes last.
      alive "$3" "$4" && kill -KILL "$3"
      alive "$1" "$2" && kill -KILL "$1"
      alive $supervisor && kill -KILL "\${supervisor%% *}"
    fi
    [ $tenths -lt $((seconds * 10 + 150)) ] || exit ${lateExit}
    sleep 0.1
  done
  [ -s "$dir/end" ] || cat "$dir/stop" > "$dir/end"
fi
# What a supervisor that was killed could not remove any more.
rm -f "$dir/supervisor" "$dir/machine" "$dir/stop"
[ ! -e "/run/netns/$namespace" ] || ip netns del "$namespace"
clear_group "$group" || exit ${lateExit}
drop_lab_group "$group"
drop_nspawn_folders "$namespace"
`;

/**
 * Removes what is left of a stopped machine: exactly what this plugin makes, never what else the
 * folder may hold.
 */
const removeScript = `set -eu
dir=$1
[ -d "$dir" ] || exit 0
cd "$dir"
# A disk that is there is whole.
[ ! -d disk ] || mv -T disk disk.old
rm -rf disk.old disk.new work root settings
rm -f supervise supervise.part supervisor supervisor.part machine machine.part end end.part stop started snapshot log log.1
cd /
rmdir "$dir"
`;

/** Starts and stops one machine. */
export interface Power {
  /** Writes what the supervisor needs. */
  prepare(settings: Settings): Promise<void>;
  /**
   * @throws RunbookError where the machine ended at once; `undo-failed` where the settings are
   *   gone.
   */
  start(settingsId: string): Promise<void>;
  stop(mode: 'stop' | 'cut', timeoutMs: number): Promise<void>;
  /** Removes the disk and everything else of a machine that is down. */
  remove(): Promise<void>;
}

/** The scripts above for one machine. */
export function powerOf(target: Target, place: MachinePlace): Power {
  const where = `${target.name}: machine ${place.name}`;

  function script(
    text: string,
    name: string,
    args: readonly string[],
    options: CommandOptions = {},
  ): Promise<CommandResult> {
    return target.run('sh', ['-c', text, name, ...args], {
      sudo: true,
      timeout: '60s',
      failure: 'action-failed',
      ...options,
    });
  }

  return {
    async prepare({ text, id }) {
      await script(placeScript, 'place', [place.dir, 'supervise'], { input: supervise });
      await script(placeScript, 'place', [place.dir, `settings/${id}`], { input: text });
    },

    async start(settingsId) {
      const { exitCode, stdout, stderr } = await script(
        startScript,
        'start',
        [...placeArguments(place), settingsId],
        { exits: [0, endedExit, lateExit, unknownExit], timeout: '90s' },
      );
      if (exitCode === 0) return;
      if (exitCode === unknownExit) {
        throw new PermanentError('undo-failed', `${where}: its former settings are gone`, {
          hint: 'Start it with nspawn.machine and the settings it should have.',
        });
      }
      const why = exitCode === lateExit ? 'it did not boot in time' : stdout.trim();
      const log = excerpt(plainText(stderr).replaceAll('\n', ' | '), 600);
      throw new RunbookError('action-failed', `${where} did not start: ${why}: ${log}`, {
        hint: `Its console and its supervisor write to ${place.dir}/log.`,
      });
    },

    async stop(mode, timeoutMs) {
      const seconds = Math.max(1, Math.ceil(timeoutMs / 1000));
      const { exitCode } = await script(
        stopScript,
        'stop',
        [...placeArguments(place), mode, String(seconds)],
        { exits: [0, lateExit], timeout: `${seconds + 90}s` },
      );
      if (exitCode === 0) return;
      throw new RunbookError('action-failed', `${where} does not end, not even by SIGKILL`, {
        hint: `Look for processes in uninterruptible sleep; ${place.dir}/log tells how far it got.`,
      });
    },

    async remove() {
      await script(removeScript, 'remove', [place.dir], { timeout: '3m' });
    },
  };
}
