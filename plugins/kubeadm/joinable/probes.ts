import { RunbookError } from '../../../core/errors.js';
import { excerpt, plainText } from '../../../core/excerpt.js';
import type { Target } from '../../../core/target.js';
import { admin } from '../admin.js';

/** A connection and no more: $1 is the host, $2 the port. */
const connect = 'exec 3<>"/dev/tcp/$1/$2"';

/** Whether a machine can connect to a host and port. */
export async function answers(host: Target, endpoint: string): Promise<boolean> {
  const at = endpoint.lastIndexOf(':');
  const name = endpoint.slice(0, at).replace(/^\[|\]$/g, '');
  const args = ['5', 'bash', '-c', connect, 'connect', name, endpoint.slice(at + 1)];
  const { exitCode } = await host.run('timeout', args, { exits: [0, 1, 124], timeout: '10s' });
  return exitCode === 0;
}

async function clockOf(host: Target): Promise<number> {
  const { stdout } = await host.run('date', ['+%s%3N'], { failure: 'check-failed' });
  const now = Number(stdout.trim());
  if (Number.isSafeInteger(now)) return now;
  const told = excerpt(plainText(stdout), 60);
  throw new RunbookError('check-failed', `${host.name}: its clock cannot be read: '${told}'`);
}

/** How far a machine's clock is ahead of another's, ms: what asking takes is left out. */
export async function clockAhead(host: Target, other: Target): Promise<number> {
  const before = await clockOf(other);
  const own = await clockOf(host);
  const after = await clockOf(other);
  if (own < before) return own - before;
  return own > after ? own - after : 0;
}

/** Version of a machine's kubelet, such as `v1.33.2`. */
export async function kubeletVersion(host: Target): Promise<string> {
  const { stdout } = await host.run('kubelet', ['--version'], { failure: 'check-failed' });
  return /v\d+\.\d+\.\S+/.exec(stdout)?.[0] ?? plainText(stdout);
}

/** Version of the API server. */
export async function apiVersion(controlPlane: Target): Promise<string> {
  const stdout = await admin(controlPlane, ['version', '--output=json']);
  try {
    const { serverVersion } = JSON.parse(stdout) as { serverVersion?: { gitVersion?: string } };
    return serverVersion?.gitVersion ?? '';
  } catch (cause) {
    throw new RunbookError(
      'check-failed',
      `${controlPlane.name}: kubectl version printed no JSON`,
      {
        cause,
      },
    );
  }
}

function minorOf(version: string): number | null {
  const minor = /^v1\.(\d+)\./.exec(version)?.[1];
  return minor === undefined ? null : Number(minor);
}

/** Why a kubelet does not fit an API server, as text; null where it does. */
export function skew(kubelet: string, api: string): string | null {
  const [own, its] = [minorOf(kubelet), minorOf(api)];
  if (own === null || its === null) return `versions cannot be compared: ${kubelet} and ${api}`;
  if (own > its) return `its kubelet ${kubelet} is newer than the API server ${api}`;
  if (own < its - 3) return `its kubelet ${kubelet} is too old for the API server ${api}`;
  return null;
}
