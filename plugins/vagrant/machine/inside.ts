import { isRunbookError } from '../../../core/errors.js';
import type { Target } from '../../../core/target.js';
import { failureOf } from '../failure.js';
import type { Place } from '../input.js';
import { vagrant } from '../vagrant.js';

/** What a machine that answers tells of itself. */
export interface Inside {
  readonly bootId: string;
  /** Address at which vagrant reaches it. */
  readonly address: string | null;
  /** Public key of its sshd, such as `ssh-ed25519 AAAA…`; null where it has none of that kind. */
  readonly hostKey: string | null;
  /** False while its services are being started, as its systemd says. */
  readonly started: boolean;
  /** Its IPv4 addresses with their length. */
  readonly addresses: readonly string[];
}

/** Run by the machine's own shell: a word and a value a line. */
const script = [
  'read -r boot < /proc/sys/kernel/random/boot_id; echo "boot $boot"',
  'echo "reached $SSH_CONNECTION"',
  'echo "system $(systemctl is-system-running 2> /dev/null)"',
  'read -r kind key rest < /etc/ssh/ssh_host_ed25519_key.pub && echo "key $kind $key"',
  'ip -o -4 address show scope global | while read -r n dev family address rest; do echo "address $address"; done',
].join('\n');

/** Parses what {@link script} printed; null where it is not that. */
export function parseInside(stdout: string): Inside | null {
  const facts = stdout.split('\n').map((line) => line.trim().split(' '));
  const all = (word: string): string[][] =>
    facts.filter(([first]) => first === word).map(([, ...rest]) => rest);
  const bootId = all('boot')[0]?.[0];
  if (bootId === undefined || !/^[0-9a-f-]{36}$/.test(bootId)) return null;
  return {
    bootId,
    // Client, its port, server, its port.
    address: all('reached')[0]?.[2] ?? null,
    hostKey: all('key')[0]?.join(' ') ?? null,
    started: !['initializing', 'starting'].includes(all('system')[0]?.[0] ?? ''),
    addresses: all('address').map(([address = '']) => address),
  };
}

/** Asks a machine by vagrant's own ssh. What it tells, or why it does not answer. */
export async function lookInside(
  target: Target,
  place: Place,
  name: string,
): Promise<Inside | string> {
  try {
    const args = ['ssh', name, '--no-tty', '--command', script];
    const result = await vagrant(target, place, args, { timeout: '45s' });
    const inside = parseInside(result.stdout);
    if (inside !== null) return inside;
    return failureOf(target.name, `ssh ${name}`, result).message;
  } catch (error) {
    if (isRunbookError(error) && error.code === 'command-timeout') return 'it does not answer';
    throw error;
  }
}
