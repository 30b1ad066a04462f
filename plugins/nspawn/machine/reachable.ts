import type { Target } from '../../../core/target.js';
import { namespaceOf, plainAddress } from '../names.js';
import type { MachineInput } from './input.js';

/**
 * Asks sshd at $3 for its host key: from the fabric's namespace $1, as everybody else does, where
 * that has a way to the address; else from the machine's own, $2.
 */
const script = `set -u
at=$2
ip -n "$1" route get "$3" > /dev/null 2>&1 && at=$1
exec nsenter --net="/run/netns/$at" ssh-keyscan -T 2 -t ed25519 "$3"
`;

/** The key that `ssh-keyscan` printed, as `ssh-ed25519 AAAA…`; null when nobody answered. */
export function parseKeyscan(stdout: string): string | null {
  const line = stdout.split('\n').find((each) => each !== '' && !each.startsWith('#'));
  const [, kind, key] = line?.split(' ') ?? [];
  return kind === undefined || key === undefined ? null : `${kind} ${key}`;
}

/** Why the machine's sshd cannot be used yet; null when it answers with the machine's own key. */
export async function unreachable(
  target: Target,
  input: MachineInput,
  hostKey: string | null,
): Promise<string | null> {
  const address = input.nics[0]?.address;
  if (address === undefined) return null;
  const at = plainAddress(address);
  const { stdout } = await target.run(
    'sh',
    ['-c', script, 'keyscan', input.prefix, namespaceOf(input.prefix, input.name), at],
    { sudo: true, timeout: '10s', exits: 'any' },
  );
  const shown = parseKeyscan(stdout);
  if (shown === null) return `${input.name}: sshd at ${at} does not answer yet`;
  return shown === hostKey ? null : `${input.name}: sshd at ${at} shows another host key`;
}
