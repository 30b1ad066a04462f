import { RunbookError } from '../../../core/errors.js';
import type { Target } from '../../../core/target.js';

/** What there is of a lab's root file system. */
export interface SeenRootfs {
  /** A line a file of the layer: sha256, mode, owner:group, path. Null where there is no layer. */
  readonly layer: readonly string[] | null;
  readonly base: boolean;
  /** What the base lacks to be a machine, as words. */
  readonly lacks: readonly string[];
  /** Public half of the lab's key, as `ssh-ed25519 AAAA…`; null where there is none. */
  readonly publicKey: string | null;
}

/** Looks at the layer $1, the base $2 and the private key $3 ('' for none). */
const script = `set -u
layer=$1 base=$2 key=$3
if [ -d "$layer" ]; then
  echo 'layer yes'
  ( cd "$layer" && find . ! -type d -printf '%P\\n' | sort | while IFS= read -r path; do
      sum=link
      [ ! -f "$path" ] || { sum=$(sha256sum < "$path"); sum=\${sum%% *}; }
      printf 'file %s %s\\n' "$sum" "$(stat -c '%a %u:%g %n' -- "$path")"
    done )
fi
if [ -d "$base" ]; then
  echo 'base yes'
  [ -e "$base/usr/lib/systemd/systemd" ] || [ -e "$base/lib/systemd/systemd" ] || echo 'lacks systemd (systemd-sysv)'
  [ -e "$base/usr/sbin/sshd" ] || echo 'lacks sshd (openssh-server)'
  grep -qs '^Include /etc/ssh/sshd_config.d/' "$base/etc/ssh/sshd_config" || echo 'lacks Include /etc/ssh/sshd_config.d/*.conf in its sshd_config'
fi
[ -z "$key" ] || [ ! -r "$key" ] || { public=$(ssh-keygen -y -P '' -f "$key") && echo "key $public"; }
echo complete
`;

/**
 * Reads what the script above printed.
 * @throws RunbookError `check-failed` when it was cut off.
 */
export function parseRootfs(stdout: string): SeenRootfs {
  const lines = stdout.split('\n').filter(Boolean);
  if (!lines.includes('complete')) {
    throw new RunbookError('check-failed', 'the look at the root file system was cut off');
  }
  const all = (key: string): string[] =>
    lines.filter((line) => line.startsWith(`${key} `)).map((line) => line.slice(key.length + 1));
  return {
    layer: lines.includes('layer yes') ? all('file').sort() : null,
    base: lines.includes('base yes'),
    lacks: all('lacks'),
    publicKey: all('key')[0]?.split(' ').slice(0, 2).join(' ') ?? null,
  };
}

/** Looks at layer, base and key in one command; changes nothing. */
export async function lookAtRootfs(
  target: Target,
  place: { readonly dir: string; readonly base: string; readonly key?: string | undefined },
): Promise<SeenRootfs> {
  const { stdout } = await target.run(
    'sh',
    ['-c', script, 'look', place.dir, place.base, place.key ?? ''],
    { sudo: true, timeout: '30s', failure: 'check-failed' },
  );
  return parseRootfs(stdout);
}
