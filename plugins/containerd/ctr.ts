import { PermanentError, RunbookError } from '../../core/errors.js';
import { excerpt, plainText } from '../../core/excerpt.js';
import type { CommandResult, Target } from '../../core/target.js';

/** Where Kubernetes keeps its images. */
const fixed = ['--connect-timeout=5s', '--namespace=k8s.io'];

/**
 * Runs ctr in the namespace of Kubernetes.
 * @throws RunbookError `unreachable` where containerd does not answer, `action-failed` otherwise;
 *   PermanentError `refused` where a file is missing or an image is unknown to its registry.
 */
export async function ctr(
  host: Target,
  args: readonly string[],
  timeout = '30s',
): Promise<CommandResult> {
  const result = await host.run('ctr', [...fixed, ...args], { sudo: true, exits: 'any', timeout });
  if (result.exitCode === 0) return result;
  throw ctrFailure(host.name, args, result.stderr);
}

/** The error for a ctr command that failed; ctr tells its reasons as text only. */
export function ctrFailure(host: string, args: readonly string[], stderr: string): RunbookError {
  const text = plainText(stderr).split('\n').at(-1) ?? '';
  const what = args.slice(0, 2).join(' ');
  const message = `${host}: ctr ${what} failed: ${excerpt(text.replace(/^ctr: /, ''), 500)}`;
  if (/failed to dial|containerd\.sock: connect/.test(text)) {
    return new RunbookError('unreachable', message, {
      hint: 'containerd does not answer: systemctl status containerd on the machine.',
    });
  }
  if (text.endsWith('no such file or directory')) {
    return new PermanentError('refused', message, {
      hint: 'Bring the archive to the machine first, or correct its path.',
    });
  }
  if (/: not found$|pull access denied|unrecognized image format/.test(text)) {
    return new PermanentError('refused', message);
  }
  return new RunbookError('action-failed', message);
}
