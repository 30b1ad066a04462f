import { PermanentError, RunbookError, type ErrorCode } from '../../../core/errors.js';
import { excerpt, plainText } from '../../../core/excerpt.js';
import type { Target } from '../../../core/target.js';
import { runFolder, sha256, store } from './store.js';

/** `must_be file sum code`: ends with that code where a half-sent or changed file would be used. */
const sumCheck = `must_be() { got=$(sha256sum < "$1"); [ "\${got%% *}" = "$2" ] || exit "$3"; }
`;

/**
 * Puts standard input into place of $1: written beside it as $2, with sum $3, mode $4 and owner $5,
 * flushed, then renamed; so there is the old file or the new one, whole, whatever happens. Access
 * lists and extended attributes of a former file are kept. A link at $2 is never written through.
 */
const putTail = `p=$1; t=$2
umask 022
[ "$6" = no ] || mkdir -p -- "\${p%/*}/"
umask 077
trap 'rm -f -- "$t"' EXIT
rm -f -- "$t"
if [ -f "$p" ] && [ ! -L "$p" ]; then cp --attributes-only --preserve=all -- "$p" "$t"
else set -C; : > "$t"; set +C; fi
cat > "$t"
must_be "$t" "$3" 69
[ -z "$5" ] || chown -- "$5" "$t" || exit 68
chmod -- "$4" "$t"
sync -- "$t"
mv -fT -- "$t" "$p"
sync -- "\${p%/*}/"
`;
const putScript = `set -eu\n${sumCheck}${putTail}`;

/** As {@link putScript}, but from the copy kept by run $7, or by any other with the same sum. */
const restoreScript = `set -eu
${store}${sumCheck}k=$s/$7/kept/$3
if [ ! -f "$k" ]; then for k in "$s"/*/kept/"$3"; do [ ! -f "$k" ] || break; done; fi
[ -f "$k" ] || exit 67
must_be "$k" "$3" 67
exec < "$k"
${putTail}`;

/** Keeps a copy of $1, whose sum must be $2, for run $3; readable for its owner only. */
const keepScript = `set -eu
${store}${sumCheck}umask 022
mkdir -p -- "$s"
umask 077
d=$s/$3/kept; k=$d/$2
mkdir -p -- "$d"
if [ -f "$k" ]; then got=$(sha256sum < "$k"); [ "\${got%% *}" != "$2" ] || exit 0; fi
trap 'rm -f -- "$k.part"' EXIT
cp -f -- "$1" "$k.part"
must_be "$k.part" "$2" 65
sync -- "$k.part"
mv -fT -- "$k.part" "$k"
sync -- "$d"
`;

/** Removes $1 ($2: file or directory), what a killed writer left as $3, and the empty folders up to $4. */
const removeScript = `set -eu
p=$1
rm -f -- "$3"
if [ "$2" = directory ]; then [ ! -d "$p" ] || rmdir -- "$p"; else rm -f -- "$p"; fi
d=\${p%/*}
if [ -n "$4" ]; then
  while [ "\${#d}" -ge "\${#4}" ]; do
    [ ! -d "$d" ] || rmdir -- "$d"
    d=\${d%/*}
  done
fi
[ ! -d "$d/" ] || sync -- "$d/"
`;

/** Makes folder $1 with mode $2 and owner $3; $4: also the folders above it. */
const folderScript = `set -eu
umask 022
[ "$4" = no ] || mkdir -p -- "\${1%/*}/"
[ -d "$1" ] || mkdir -- "$1"
[ -z "$3" ] || chown -h -- "$3" "$1" || exit 68
chmod -- "$2" "$1"
`;

/** Mode and owner for something that is put into place; owner '' keeps or takes the login user's. */
export interface Attributes {
  readonly mode: string;
  readonly owner: string;
  readonly parents: boolean;
}

/** The name a file has while it is written: the same for every attempt, so that no litter remains. */
export function temporaryName(path: string): string {
  const folder = path.slice(0, path.lastIndexOf('/') + 1);
  return `${folder}.runbook-${sha256(path).slice(0, 16)}.tmp`;
}

/** Files of a target, changed so that a crash at any moment leaves the old or the new, never half. */
export interface Placing {
  /** Puts text into place. */
  put(path: string, text: string, attributes: Attributes): Promise<void>;
  /** Keeps a copy of a file with this sum for the run. */
  keep(path: string, sum: string): Promise<void>;
  /** Puts a kept copy back. */
  putKept(path: string, sum: string, attributes: Attributes): Promise<void>;
  /** Makes a folder, or gives it these attributes. */
  folder(path: string, attributes: Attributes): Promise<void>;
  /** Gives a file another owner, if any, and mode. */
  attributes(path: string, attributes: Attributes): Promise<void>;
  /** Removes what a killed writer left beside a path. */
  tidy(path: string): Promise<void>;
  /** Removes a file or an empty folder, and then empty folders upwards to `upTo`. */
  remove(path: string, kind: 'file' | 'directory', upTo: string | null): Promise<void>;
}

interface Refusal {
  readonly code: ErrorCode;
  readonly why: string;
  readonly hint: string;
}

/** What the scripts' own exit codes mean; none of these heals by trying again. */
const refusals: Readonly<Record<number, Refusal>> = {
  65: {
    code: 'plan-changed',
    why: 'the content was changed since it was checked, so what was found cannot be kept',
    hint: 'Retry the step: it looks again.',
  },
  67: {
    code: 'undo-failed',
    why: 'the copy of the former content is gone or damaged',
    hint: 'Put the former content back by hand, then confirm.',
  },
  68: {
    code: 'refused',
    why: 'there is no such user or group, or it may not be set',
    hint: 'Correct owner and group, or let the step act as root with sudo: true.',
  },
};

/** Access to the files of a target on behalf of a run. */
export function placing(target: Target, run: string, sudo: boolean): Placing {
  const folder = runFolder(run);
  async function script(text: string, name: string, args: readonly string[], input?: string) {
    const { exitCode, stderr } = await target.run('sh', ['-c', text, name, ...args], {
      sudo,
      exits: [0, 65, 67, 68, 69],
      failure: 'action-failed',
      ...(input === undefined ? {} : { input }),
    });
    if (exitCode === 0) return;
    const where = `${target.name}: ${args[0] ?? ''}`;
    const refusal = refusals[exitCode];
    if (refusal === undefined) {
      throw new RunbookError('action-failed', `${where}: the content did not arrive whole`);
    }
    const told = stderr.trim() === '' ? '' : ` (${excerpt(plainText(stderr), 200)})`;
    throw new PermanentError(refusal.code, `${where}: ${refusal.why}${told}`, {
      hint: refusal.hint,
    });
  }
  const attributesOf = ({ mode, owner, parents }: Attributes): string[] => [
    mode,
    owner,
    parents ? 'parents' : 'no',
  ];
  return {
    put: (path, text, attributes) => {
      const args = [path, temporaryName(path), sha256(text), ...attributesOf(attributes)];
      return script(putScript, 'put', args, text);
    },
    keep: (path, sum) => script(keepScript, 'keep', [path, sum, folder]),
    putKept: (path, sum, attributes) => {
      const args = [path, temporaryName(path), sum, ...attributesOf(attributes), folder];
      return script(restoreScript, 'restore', args);
    },
    folder: (path, attributes) =>
      script(folderScript, 'folder', [path, ...attributesOf(attributes)]),
    attributes: async (path, { mode, owner }) => {
      if (owner !== '') await change('chown', ['-h', '--', owner, path]);
      await change('chmod', ['--', mode, path]);
    },
    tidy: async (path) => {
      await target.run('rm', ['-f', '--', temporaryName(path)], { sudo });
    },
    remove: (path, kind, upTo) =>
      script(removeScript, 'remove', [path, kind, temporaryName(path), upTo ?? '']),
  };

  /** chown and chmod end with 1 for reasons that do not heal: unknown user, not permitted, read-only. */
  async function change(command: 'chown' | 'chmod', args: readonly string[]): Promise<void> {
    const { exitCode, stderr } = await target.run(command, args, { sudo, exits: [0, 1] });
    if (exitCode === 0) return;
    throw new PermanentError('refused', `${target.name}: ${excerpt(plainText(stderr), 300)}`, {
      hint: 'Correct owner, group and mode, or let the step act as root with sudo: true.',
    });
  }
}
