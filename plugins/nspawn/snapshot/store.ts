import { RunbookError } from '../../../core/errors.js';
import type { Target } from '../../../core/target.js';
import { volumeFolder } from '../machine/settings.js';
import { copyDisk } from './copy.js';

/** A machine whose disk is saved or restored. */
export interface SavedMachine {
  readonly name: string;
  readonly dir: string;
  readonly seed?: { readonly from: string; readonly to: string } | undefined;
}

/** A snapshot as it was found. */
export interface SeenSnapshot {
  /** Its identity; null where there is none of that name. */
  readonly id: string | null;
  /** Machines that it has a disk of. */
  readonly holds: readonly string[];
  /**
   * Of each machine asked for: the snapshot that its disk is equal to; null when it is not known to
   * be equal to any; `absent` when there is no disk.
   */
  readonly disks: Readonly<Record<string, string | null>>;
}

/** What stands in for a snapshot's identity where a machine has no disk. */
export const noDisk = 'absent';

/** Looks at snapshot $1 and at machines: pairs of name and folder. */
const lookScript = `set -u
at=$1
shift
[ ! -r "$at/id" ] || { read -r id < "$at/id"; echo "id $id"; }
for each in "$at"/machines/*; do [ ! -d "$each" ] || echo "holds \${each##*/}"; done
while [ $# -gt 0 ]; do
  word=-
  [ -d "$2/disk" ] || word=${noDisk}
  [ ! -r "$2/snapshot" ] || [ ! -d "$2/disk" ] || read -r word < "$2/snapshot"
  echo "disk $1 $word"
  shift 2
done
echo complete
`;

/** Copies the disk of machine $2 (folder $3, seed $4 $5) into the unfinished snapshot $1.new. */
const saveScript = `set -eu
${copyDisk}
umask 077
to=$1.new/machines/$2
[ -d "$3/disk" ] || exit 66
[ ! -d "$to" ] || exit 0
copy_disk "$3/disk" "$to" "$4" "$5"
mv -T "$to.new" "$to"
`;

/**
 * Finishes the snapshot $1 with identity $2, and marks the folders $3…: their disks are equal to
 * it.
 */
const finishScript = `set -eu
at=$1 id=$2
shift 2
echo "$id" > "$at.new/id"
sync -f "$at.new"
mv -T "$at.new" "$at"
for dir; do echo "$id" > "$dir/snapshot"; done
`;

/**
 * Makes the disk of machine $2 (folder $3, seed $4 $5) equal to that in snapshot $1 with identity
 * $6.
 */
const restoreScript = `set -eu
${copyDisk}
from=$1/machines/$2 dir=$3
[ -d "$from" ] || exit 66
umask 022
mkdir -p "\${dir%/*}/"
mkdir -p -m 700 "$dir"
rm -f "$dir/snapshot"
rm -rf "$dir/disk.old"
copy_disk "$from" "$dir/disk" "$4" "$5"
[ ! -d "$dir/disk" ] || mv -T "$dir/disk" "$dir/disk.old"
mv -T "$dir/disk.new" "$dir/disk"
rm -f "$dir/end"
echo "$6" > "$dir/snapshot"
rm -rf "$dir/disk.old"
`;

/**
 * Removes the snapshot $1 with identity $2. In folders that are marked with it the former mark
 * comes back: pairs of folder and mark ('' for none).
 */
const removeScript = `set -eu
at=$1 id=$2
shift 2
while [ $# -gt 0 ]; do
  dir=$1 former=$2 word=
  shift 2
  [ ! -r "$dir/snapshot" ] || read -r word < "$dir/snapshot"
  [ -n "$word" ] && [ "$word" = "$id" ] || continue
  if [ -n "$former" ]; then echo "$former" > "$dir/snapshot"; else rm -f "$dir/snapshot"; fi
done
rm -f "$at/id"
rm -rf "$at" "$at.new"
`;

/**
 * Reads what the look printed.
 * @throws RunbookError `check-failed` when it was cut off.
 */
export function parseSnapshot(stdout: string): SeenSnapshot {
  const lines = stdout.split('\n').filter(Boolean);
  if (lines.at(-1) !== 'complete') {
    throw new RunbookError('check-failed', 'the look at the snapshot was cut off');
  }
  const words = lines.map((line) => line.split(' '));
  const of = (key: string): string[][] =>
    words.filter(([first]) => first === key).map(([, ...rest]) => rest);
  return {
    id: of('id')[0]?.[0] ?? null,
    holds: of('holds').map(([name = '']) => name),
    disks: Object.fromEntries(
      of('disk').map(([name = '', word = '-']) => [name, word === '-' ? null : word]),
    ),
  };
}

/** Snapshots of one folder on a host. */
export function snapshotStore(target: Target, at: string) {
  const run = (script: string, name: string, args: readonly string[]) =>
    target.run('sh', ['-c', script, name, ...args], {
      sudo: true,
      timeout: '10m',
      exits: [0, 66],
      failure: 'action-failed',
    });
  const seedOf = ({ seed }: SavedMachine): [string, string] =>
    seed === undefined ? ['', ''] : [seed.from, volumeFolder(seed.to)];
  const copied = async (script: string, name: string, args: readonly string[]): Promise<boolean> =>
    (await run(script, name, args)).exitCode === 0;
  return {
    async look(machines: readonly SavedMachine[]): Promise<SeenSnapshot> {
      const pairs = machines.flatMap(({ name, dir }) => [name, dir]);
      return parseSnapshot((await run(lookScript, 'look', [at, ...pairs])).stdout);
    },
    /** False where the machine has no disk. */
    save: (machine: SavedMachine): Promise<boolean> =>
      copied(saveScript, 'save', [at, machine.name, machine.dir, ...seedOf(machine)]),
    async finish(id: string, machines: readonly SavedMachine[]): Promise<void> {
      await run(finishScript, 'finish', [at, id, ...machines.map(({ dir }) => dir)]);
    },
    /** False where the snapshot has no disk for it. */
    restore: (machine: SavedMachine, id: string): Promise<boolean> =>
      copied(restoreScript, 'restore', [at, machine.name, machine.dir, ...seedOf(machine), id]),
    /** `former`: what the disks were known to be equal to before. */
    async remove(
      id: string,
      machines: readonly SavedMachine[],
      former: SeenSnapshot['disks'] = {},
    ): Promise<void> {
      const pairs = machines.flatMap(({ name, dir }) => {
        const mark = former[name];
        return [dir, mark === undefined || mark === null || mark === noDisk ? '' : mark];
      });
      await run(removeScript, 'remove', [at, id, ...pairs]);
    },
  };
}
