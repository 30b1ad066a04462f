import { PermanentError, RunbookError } from '../../../core/errors.js';
import type { Target } from '../../../core/target.js';
import { parseLook, type Seen } from './state.js';

/** Content up to this size is read, for the diff and for `before`; larger files are told by their sum. */
export const readBytes = 64 * 1024;

/**
 * Prints, one per line: the path (base64) where a link led to another; what is there; of a file its content (base64),
 * or of one of more than $2 bytes its sha256; of a directory whether it is empty. Where nothing is there it looks
 * for the highest folder that is missing, and tells "missing" from "may not look". Each program that it starts takes
 * a millisecond of the host: for a small file there are two.
 */
const script = `set -eu
p=$1
if [ "$3" = follow ] && [ -L "$p" ]; then
  p=$(readlink -f -- "$p" && printf /) || { echo "the symbolic link leads nowhere" >&2; exit 66; }
  p=\${p%??}
  printf %s "$p" | base64 -w0
fi
echo
if [ -L "$p" ]; then
  printf 'link '; readlink -n -- "$p" | base64 -w0; echo
elif [ -e "$p" ]; then
  is=$(stat -c '%f %u %g %U %G %s' -- "$p")
  printf 'is %s\\n' "$is"
  if [ -f "$p" ]; then
    if [ "\${is##* }" -gt "$2" ]; then sha256sum < "$p"; else printf 'content '; base64 -w0 < "$p"; echo; fi
  elif [ -d "$p" ]; then
    if [ -z "$(find "$p/" -mindepth 1 -maxdepth 1 -print -quit)" ]; then echo empty; else echo filled; fi
  fi
else
  d=\${p%/*}; m=
  while [ -n "$d" ] && [ ! -e "$d" ] && [ ! -L "$d" ]; do m=$d; d=\${d%/*}; done
  d=\${d:-/}
  [ -d "$d" ] || { printf '%s is not a directory\\n' "$d" >&2; exit 66; }
  [ -x "$d" ] || { printf 'no permission to look into %s\\n' "$d" >&2; exit 66; }
  printf 'absent '; [ -z "$m" ] || printf %s "$m" | base64 -w0; echo
fi
`;

/** How to look at a path. */
export interface LookOptions {
  /** Follow symbolic links at the end of the path; those on the way are always followed. */
  readonly follow?: boolean;
  /** Look as root. */
  readonly sudo?: boolean;
  /** Its content must not enter `before`. */
  readonly sensitive?: boolean;
}

/**
 * What is at a path of the target; reads only.
 * @throws PermanentError `refused` where a part of the path is no directory, may not be read, or a link
 *   leads nowhere. RunbookError `check-failed` where it could not be found out.
 */
export async function look(target: Target, path: string, options: LookOptions = {}): Promise<Seen> {
  const { follow = false, sudo = false, sensitive = false } = options;
  const args = ['-c', script, 'look', path, String(readBytes), follow ? 'follow' : 'stay'];
  const { exitCode, stdout, stderr } = await target.run('sh', args, {
    sudo,
    exits: [0, 66],
    failure: 'check-failed',
    log: 'quiet',
  });
  if (exitCode === 66) {
    throw new PermanentError('refused', `${target.name}: ${path}: ${stderr.trim()}`, {
      hint: 'Correct the path, or let the step act as root with sudo: true.',
    });
  }
  try {
    return parseLook(stdout, path, sensitive);
  } catch (error) {
    throw new RunbookError('check-failed', `${target.name}: ${path} could not be looked at`, {
      cause: error,
    });
  }
}
