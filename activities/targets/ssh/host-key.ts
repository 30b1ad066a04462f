import { readFile } from 'node:fs/promises';
import type { ServerHostKeyAlgorithm } from 'ssh2';
import { PermanentError, RunbookError } from '../../../core/errors.js';
import { fingerprint, hostName, keyType, knownKeys, type KnownKey } from './known-hosts.js';
import { codeOf, messageOf } from '../../thrown.js';

/** What is known about a host's keys, and where it is written. */
export interface HostKeys {
  /** Name of the target, for messages. */
  readonly target: string;
  readonly address: string;
  readonly port: number;
  /** The known_hosts file; null where none is configured. */
  readonly file: string | null;
  readonly known: readonly KnownKey[];
}

/**
 * Reads what a known_hosts file says of a host. A file that is missing knows nothing.
 * @throws RunbookError `unreachable` where the file is there and cannot be read
 */
export async function readHostKeys(host: Omit<HostKeys, 'known'>): Promise<HostKeys> {
  if (host.file === null) return { ...host, known: [] };
  try {
    const text = await readFile(host.file, 'utf8');
    return { ...host, known: knownKeys(text, host.file, host.address, host.port) };
  } catch (cause) {
    if (codeOf(cause) === 'ENOENT') {
      return { ...host, known: [] };
    }
    const why = messageOf(cause);
    throw new RunbookError(
      'unreachable',
      `${host.target}: its host key cannot be checked, because ${host.file} cannot be read: ${why}`,
      { cause },
    );
  }
}

/** Without SHA-1 (`ssh-rsa`) and DSA, in OpenSSH's order of preference. */
const algorithms: readonly ServerHostKeyAlgorithm[] = [
  'ssh-ed25519',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'rsa-sha2-512',
  'rsa-sha2-256',
];

function typeOf(algorithm: ServerHostKeyAlgorithm): string {
  return algorithm.startsWith('rsa-') ? 'ssh-rsa' : algorithm;
}

/**
 * Algorithms to offer: those of known keys first, so that a host shows a key that is known where it
 * has one. Then the others: a host that has none of the known ones is to show what it has instead.
 */
export function offeredAlgorithms(keys: HostKeys): ServerHostKeyAlgorithm[] {
  const types = new Set(keys.known.filter((key) => key.marker === null).map((key) => key.type));
  const isKnown = (algorithm: ServerHostKeyAlgorithm): boolean => types.has(typeOf(algorithm));
  return [...algorithms.filter(isKnown), ...algorithms.filter((one) => !isKnown(one))];
}

function scanHint(keys: HostKeys): string {
  const file = keys.file ?? 'known_hosts';
  const port = keys.port === 22 ? '' : ` -p ${keys.port}`;
  return `Compare the fingerprint with the host's own (ssh-keygen -lf /etc/ssh/ssh_host_…_key.pub, on its console); where they agree: ssh-keyscan${port} ${keys.address} >> ${file}`;
}

/** Why a key that a host shows is not accepted; null where it is a known one. */
export function refuseKey(keys: HostKeys, shown: Buffer): PermanentError | null {
  const same = keys.known.filter((known) => known.key.equals(shown));
  const revoked = same.find((known) => known.marker === 'revoked');
  const shownAs = `${keyType(shown)} ${fingerprint(shown)}`;
  const host = `${keys.target} (${hostName(keys.address, keys.port)})`;
  if (revoked !== undefined) {
    return new PermanentError(
      'host-key-changed',
      `${host} shows the key ${shownAs}, which ${revoked.place} marks as revoked; nothing was sent`,
      {
        hint: 'Somebody who has the old key answers in its place, or the host still has that key: replace it there.',
      },
    );
  }
  if (same.some((known) => known.marker === null)) return null;
  const others = keys.known.filter((known) => known.marker === null);
  if (others.length > 0) {
    const list = others.map((known) => `${known.type} ${fingerprint(known.key)} (${known.place})`);
    return new PermanentError(
      'host-key-changed',
      `${host} shows the key ${shownAs}, and known is ${list.join(', ')}; nothing was sent`,
      {
        hint: `Somebody may be in between. Where the host was made anew: remove ${others[0]?.place ?? 'the line'}, then ${scanHint(keys)}`,
      },
    );
  }
  const authority = keys.known.find((known) => known.marker === 'cert-authority');
  if (authority !== undefined) {
    return new PermanentError(
      'host-key-unknown',
      `${host} shows the key ${shownAs}, and ${authority.place} names only a certificate authority for it, which is not supported; nothing was sent`,
      { hint: `Write the host's own key beside it. ${scanHint(keys)}` },
    );
  }
  const where =
    keys.file === null ? 'and no known_hosts file is configured' : `which is not in ${keys.file}`;
  return new PermanentError(
    'host-key-unknown',
    `${host} shows the key ${shownAs}, ${where}; nothing was sent`,
    { hint: scanHint(keys) },
  );
}
