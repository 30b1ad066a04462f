import { PermanentError, RunbookError } from '../../core/errors.js';
import { excerpt, plainText } from '../../core/excerpt.js';
import type { CommandOptions, CommandResult, Target } from '../../core/target.js';

/** What virsh says where there is no such domain or network: its exit code is 1 for everything. */
const unknown = /failed to get (?:domain|network)|(?:Domain|Network) not found/;

/** What it says where the daemon does not answer: it may be starting, or the user may not ask. */
const silent =
  /failed to connect to the hypervisor|Failed to connect socket|Cannot recv data|End of file while reading/;

/** What no second try will mend. */
const final = [
  /unsupported configuration|invalid argument|XML error/,
  /authentication (?:failed|unavailable)|access denied|Permission denied/,
  /operation failed: domain '.*' already exists/,
];

/** True where virsh knows no such thing. */
export function isUnknown(stderr: string): boolean {
  return unknown.test(stderr);
}

/** What virsh complains about, without its own `error:`. */
function complaint(stderr: string): string {
  const said = plainText(stderr)
    .split('\n')
    .map((line) => line.replace(/^error: /, ''))
    .filter((line) => line !== '');
  return excerpt(said.join('; ') || 'no answer', 300);
}

/** The error for a virsh command that failed. */
export function failureOf(where: string, doing: string, stderr: string): RunbookError {
  const why = complaint(stderr);
  const text = `${where}: virsh ${doing}: ${why}`;
  if (unknown.test(stderr)) {
    return new PermanentError('refused', text, {
      hint: 'virsh list --all and virsh net-list --all tell what there is.',
    });
  }
  if (final.some((pattern) => pattern.test(stderr))) {
    return new PermanentError('refused', text, {
      hint: 'A user of the group libvirt may ask; it counts from the next login on.',
    });
  }
  if (silent.test(stderr)) {
    return new RunbookError('check-failed', text, {
      hint: 'systemctl status libvirtd on the host tells whether it runs.',
    });
  }
  return new RunbookError('action-failed', text);
}

/**
 * Runs virsh without headers and with an explicit connection; exit codes 0 and 1 are answers. As the login user, whom
 * the group libvirt lets in: vagrant makes its machines as the same one.
 */
export function virsh(
  target: Target,
  uri: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<CommandResult> {
  return target.run('virsh', ['-q', '-c', uri, ...args], {
    exits: [0, 1],
    timeout: '30s',
    ...options,
  });
}

/** Runs virsh, and hands back what it printed. @throws as {@link failureOf} */
export async function ask(target: Target, uri: string, args: readonly string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await virsh(target, uri, args);
  if (exitCode !== 0) throw failureOf(target.name, args.join(' '), stderr);
  return stdout;
}

/**
 * Runs virsh for an effect that may be there already ("Domain is already active", "domain is not
 * running"): it counts as done, and the check that follows tells.
 * @throws as {@link failureOf}
 */
export async function bring(target: Target, uri: string, args: readonly string[]): Promise<void> {
  const { exitCode, stderr } = await virsh(target, uri, args);
  const done =
    /already (?:active|running)|(?:domain|network)(?: '[^']*')? is not (?:running|active|paused)/i.test(
      stderr,
    );
  if (exitCode !== 0 && !done) throw failureOf(target.name, args.join(' '), stderr);
}
