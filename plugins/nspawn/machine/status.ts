import type { Target } from '../../../core/target.js';
import { RunbookError } from '../../../core/errors.js';
import { groups, processes } from '../shell.js';
import { controlGroupOf, namespaceOf } from '../names.js';

/** A machine as it was found. */
export interface MachineStatus {
  /** `starting`: its supervisor is at work, and there is no PID 1 (yet, or between two boots). */
  readonly state: 'absent' | 'stopped' | 'starting' | 'running';
  /** False when it runs, but nobody would bring it back from a reboot. */
  readonly supervised: boolean;
  /** Its network namespace exists. */
  readonly connected: boolean;
  /** Something is left of it that a stopped or absent machine does not have. */
  readonly remains: readonly string[];
  /** Text and name of the settings it was last started with. */
  readonly settings: string | null;
  readonly settingsId: string | null;
  /** Public key of its sshd, as `ssh-ed25519 AAAA…`. */
  readonly hostKey: string | null;
  /** Changes with every boot. */
  readonly bootId: string | null;
  /** Why it is down, in the words of its supervisor; null where that is not known. */
  readonly ended: string | null;
  /** Snapshot that its disk is equal to; null once it was started. */
  readonly snapshot: string | null;
}

/**
 * Prints what there is of machine $1 (folder), $2 (network namespace), $3 (control group): a key
 * and a value a line.
 */
const script = `set -u
${processes}${groups}
dir=$1
read_word() { word=; [ ! -r "$dir/$1" ] || read -r word < "$dir/$1" || :; }
if [ -d "$dir/disk" ]; then
  echo "disk yes"
  key=$dir/disk/upper/etc/ssh/ssh_host_ed25519_key.pub
  [ ! -r "$key" ] || { read -r kind key _ < "$key" && echo "host-key $kind $key"; }
  read_word snapshot; [ -z "$word" ] || echo "snapshot $word"
fi
[ ! -e "$dir" ] || echo "folder yes"
read_word supervisor; supervisor=$word
read_word machine; machine=$word
if alive $supervisor; then echo "supervisor yes"; fi
set -- "$2" "$3" $machine
if [ $# = 6 ]; then
  ! alive "$3" "$4" || echo "nspawn yes"
  ! alive "$5" "$6" || { read -r boot < "/proc/$5/root/proc/sys/kernel/random/boot_id" && echo "boot $boot"; }
fi 2>/dev/null
[ ! -e "/run/netns/$1" ] || echo "namespace yes"
for top in $(hierarchies); do
  [ ! -d "$top/$2" ] || { echo "group yes"; break; }
done
read_word end; [ -z "$word" ] || echo "ended $word"
read_word started
if [ -n "$word" ]; then
  echo "settings-id $word"
  [ ! -r "$dir/settings/$word" ] || while IFS= read -r line; do printf 'setting %s\\n' "$line"; done < "$dir/settings/$word"
fi
echo "complete"
`;

/**
 * Reads what the script above printed.
 * @throws RunbookError `check-failed` when it was cut off.
 */
export function parseStatus(stdout: string): MachineStatus {
  const facts = new Map<string, string[]>();
  for (const line of stdout.split('\n').filter(Boolean)) {
    const blank = line.indexOf(' ');
    const [key, value] = blank < 0 ? [line, ''] : [line.slice(0, blank), line.slice(blank + 1)];
    facts.set(key, [...(facts.get(key) ?? []), value]);
  }
  if (!facts.has('complete')) {
    throw new RunbookError('check-failed', 'the status of the machine was cut off');
  }
  const fact = (key: string): string | null => facts.get(key)?.[0] ?? null;
  const bootId = fact('boot');
  // A machine outlives its systemd-nspawn, but cannot come back from a reboot then.
  const supervised = facts.has('supervisor');
  const working = supervised || facts.has('nspawn') || bootId !== null;
  const state = ((): MachineStatus['state'] => {
    if (bootId !== null) return 'running';
    if (working) return 'starting';
    return facts.has('disk') ? 'stopped' : 'absent';
  })();
  const connected = facts.has('namespace');
  const remains = [
    ...(!working && connected ? ['its network namespace'] : []),
    ...(!working && facts.has('group') ? ['its control groups'] : []),
    ...(state === 'absent' && facts.has('folder') ? ['its folder'] : []),
  ];
  return {
    state,
    supervised,
    connected,
    remains,
    settings:
      facts
        .get('setting')
        ?.map((line) => `${line}\n`)
        .join('') ?? null,
    settingsId: fact('settings-id'),
    hostKey: fact('host-key'),
    bootId,
    ended: state === 'stopped' ? fact('ended') : null,
    snapshot: fact('snapshot'),
  };
}

/** Which machine is meant. */
export interface MachinePlace {
  readonly name: string;
  readonly prefix: string;
  readonly dir: string;
}

/**
 * Arguments of every script that acts on a machine: its folder, network namespace and control
 * group.
 */
export function placeArguments({ name, prefix, dir }: MachinePlace): [string, string, string] {
  return [dir, namespaceOf(prefix, name), `${controlGroupOf(prefix)}/${name}`];
}

/** Looks at a machine in one command, in a few milliseconds; changes nothing. */
export async function statusOf(target: Target, place: MachinePlace): Promise<MachineStatus> {
  const { stdout } = await target.run('sh', ['-c', script, 'status', ...placeArguments(place)], {
    sudo: true,
    timeout: '20s',
    failure: 'check-failed',
  });
  return parseStatus(stdout);
}
