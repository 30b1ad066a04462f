import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { PermanentError } from '../../../core/errors.js';
import type { Endpoint } from './endpoint.js';
import { KeyAgent } from './key-agent.js';
import { messageOf } from '../../thrown.js';

/** What a host is shown to let us in: one private key, or what the ssh agent holds. */
export interface Login {
  readonly authHandler: ['agent'];
  readonly agent: KeyAgent | string;
}

/** Keys as they were read last, by file. */
const read = new Map<string, { readonly text: string; readonly agent: KeyAgent }>();

function keyOf(file: string, text: string): KeyAgent {
  const known = read.get(file);
  if (known?.text === text) return known.agent;
  const agent = KeyAgent.of(text);
  read.set(file, { text, agent });
  return agent;
}

function refused(endpoint: Endpoint, why: string, hint: string, cause?: unknown): PermanentError {
  return new PermanentError(
    'login-failed',
    `${endpoint.target}: no login as ${endpoint.user}: ${why}`,
    { hint, cause },
  );
}

/**
 * The key of the inventory; without one the ssh agent.
 * @throws PermanentError `login-failed` where there is neither
 */
export async function loginFor(endpoint: Endpoint): Promise<Login> {
  if (endpoint.key === null) {
    const agent = process.env['SSH_AUTH_SOCK'];
    if (agent !== undefined && agent !== '') return { authHandler: ['agent'], agent };
    throw refused(
      endpoint,
      'the inventory names no key, and there is no ssh agent (SSH_AUTH_SOCK)',
      'Name a private key in `key` of the host, or start the worker with an ssh agent.',
    );
  }
  const file = endpoint.key.replace(/^~(?=\/)/, homedir());
  let privateKey: string;
  try {
    privateKey = await readFile(file, 'utf8');
  } catch (cause) {
    const why = messageOf(cause);
    throw refused(endpoint, `its key cannot be read: ${why}`, 'Correct `key` of the host.', cause);
  }
  try {
    return { authHandler: ['agent'], agent: keyOf(file, privateKey) };
  } catch (cause) {
    throw loginRefused(endpoint, cause);
  }
}

/** The error for a host that does not accept what it was shown. */
export function loginRefused(endpoint: Endpoint, cause: unknown): PermanentError {
  const shown = endpoint.key === null ? 'the keys of the ssh agent' : `the key ${endpoint.key}`;
  if (messageOf(cause).startsWith('Cannot parse privateKey')) {
    const why = /passphrase|encrypted/i.test(messageOf(cause))
      ? 'it is protected by a passphrase'
      : 'it is no private key that can be read';
    return refused(
      endpoint,
      `${shown}: ${why}`,
      'Load it into an ssh agent, and leave `key` out.',
      cause,
    );
  }
  return refused(
    endpoint,
    `${endpoint.address} did not accept ${shown}`,
    `Try it by hand: ssh -v -p ${endpoint.port} ${endpoint.user}@${endpoint.address}; the host's own log tells why.`,
    cause,
  );
}
