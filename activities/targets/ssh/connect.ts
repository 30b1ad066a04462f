import { connect as connectTcp, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { NodeSSH } from 'node-ssh';
import type { AlgorithmList, KexAlgorithm } from 'ssh2';
import { isRunbookError, PermanentError, RunbookError } from '../../../core/errors.js';
import { Connection } from './connection.js';
import { within } from './deadline.js';
import type { Endpoint } from './endpoint.js';
import { offeredAlgorithms, readHostKeys, refuseKey, type HostKeys } from './host-key.js';
import type { Namespaces } from './inside.js';
import { loginFor, loginRefused, type Login } from './login.js';
import { codeOf, messageOf } from '../../thrown.js';

/** From the first byte to the login, ms. */
export const connectMs = 10_000;
const keepAliveMs = 5_000;
const keepAlives = 3;

/** What connecting needs besides the endpoint. */
export interface ConnectDeps {
  readonly namespaces: Namespaces;
  /** The warm connection to a jump host. */
  over(endpoint: Endpoint): Promise<Connection>;
}

const reasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused: nothing listens there',
  EHOSTUNREACH: 'no route to host',
  ENETUNREACH: 'no route to its network',
  ENOTFOUND: 'its name is not known',
  ETIMEDOUT: 'no answer',
  ECONNRESET: 'the connection was reset',
};

function unreachable(endpoint: Endpoint, cause: unknown): RunbookError {
  const { target, address, port } = endpoint;
  const why = reasons[codeOf(cause)] ?? messageOf(cause);
  return new RunbookError('unreachable', `${target} (${address} port ${port}): ${why}`, { cause });
}

function late(endpoint: Endpoint): RunbookError {
  return unreachable(endpoint, new Error(`no login within ${connectMs / 1000} s`));
}

/** The host was about to talk to us, and then was not: sshd does so when too many connect at once. */
export class Dropped extends RunbookError {
  override readonly name = 'Dropped';
}

function openTcp(host: string, port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    // From the first byte on: Nagle's delay costs 40 ms in the handshake alone.
    const socket = connectTcp({ host, port, noDelay: true });
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.removeListener('error', reject);
      resolve(socket);
    });
  });
}

async function openSocket(endpoint: Endpoint, deps: ConnectDeps): Promise<Duplex> {
  const { route, address, port } = endpoint;
  switch (route.kind) {
    case 'direct':
      return await openTcp(address, port);
    case 'namespace':
      return await deps.namespaces.connect(route.name, address, port);
    case 'jump':
      return await (await deps.over(route.over)).forward(address, port);
  }
}

/** Which part of ssh2 an error comes from. */
function levelOf(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'level' in error ? error.level : '';
}

function explain(endpoint: Endpoint, error: unknown): RunbookError {
  if (isRunbookError(error)) return error;
  const message = messageOf(error);
  if (
    levelOf(error) === 'client-authentication' ||
    levelOf(error) === 'agent' ||
    message.includes('Too many authentication failures')
  ) {
    return loginRefused(endpoint, error);
  }
  if (message.includes('no matching')) {
    return new PermanentError('unreachable', `${endpoint.target}: ${message}`, {
      hint: 'Its sshd offers only algorithms that are no longer safe: bring its configuration up to date.',
      cause: error,
    });
  }
  return unreachable(endpoint, error);
}

/** True where the host ended the connection before it said who it is. */
function isDrop(error: unknown): boolean {
  return messageOf(error) === 'Connection lost before handshake' || codeOf(error) === 'ECONNRESET';
}

const firstKex: KexAlgorithm = 'ecdh-sha2-nistp256';
/**
 * Those of ssh2, another one first: RFC 9142 ranks it with curve25519-sha256, and sshd has it from OpenSSL, where that
 * one is portable C of its own. A login takes a tenth less (docs/adr/021-key-exchange.md).
 */
const kex: AlgorithmList<KexAlgorithm> = { remove: firstKex, prepend: firstKex, append: [] };

/** What has to be read before the first byte. */
interface Papers {
  readonly keys: HostKeys;
  readonly login: Login;
}

async function papersFor(endpoint: Endpoint): Promise<Papers> {
  const { target, address, port, knownHosts } = endpoint;
  const keys = await readHostKeys({ target, address, port, file: knownHosts });
  return { keys, login: await loginFor(endpoint) };
}

async function shake(
  endpoint: Endpoint,
  { keys, login }: Papers,
  socket: Duplex,
): Promise<Connection> {
  const ssh = new NodeSSH();
  let refusal: PermanentError | null = null;
  let greeted = false;
  const ready = ssh.connect({
    sock: socket,
    username: endpoint.user,
    ...login,
    algorithms: { serverHostKey: offeredAlgorithms(keys), kex },
    hostVerifier: (shown: Buffer): boolean => {
      greeted = true;
      refusal = refuseKey(keys, shown);
      return refusal === null;
    },
    keepaliveInterval: keepAliveMs,
    keepaliveCountMax: keepAlives,
    // The deadline is ours, in `connect`: this one only ends what is left to itself.
    readyTimeout: 2 * connectMs,
  });
  const client = ssh.connection;
  // node-ssh listens until the login only; without a listener an error would end the worker.
  client?.on('error', () => undefined);
  try {
    await ready;
  } catch (error) {
    socket.destroy();
    if (refusal !== null) throw refusal;
    if (!greeted && isDrop(error)) {
      throw new Dropped('unreachable', unreachable(endpoint, error).message, { cause: error });
    }
    throw explain(endpoint, error);
  }
  if (client === null) throw unreachable(endpoint, new Error('it closed the connection at once'));
  if (socket instanceof Socket) socket.setNoDelay(true);
  return new Connection(endpoint, ssh, client, socket);
}

/**
 * Connects and logs in, within {@link connectMs}. The host key is checked before anything about the
 * user is sent.
 * @throws Dropped where trying again at once makes sense; RunbookError `unreachable`, PermanentError
 *   `login-failed`, `host-key-unknown`, `host-key-changed`
 */
export async function connect(endpoint: Endpoint, deps: ConnectDeps): Promise<Connection> {
  // Before the socket: what the host says first must find a listener.
  const papers = await papersFor(endpoint);
  const began = performance.now();
  const opening = openSocket(endpoint, deps);
  let socket: Duplex;
  try {
    socket = await within(opening, connectMs, () => late(endpoint));
  } catch (error) {
    void opening.then((open) => open.destroy()).catch(() => undefined);
    throw explain(endpoint, error);
  }
  try {
    const left = Math.max(1, connectMs - (performance.now() - began));
    return await within(shake(endpoint, papers, socket), left, () => late(endpoint));
  } catch (error) {
    socket.destroy();
    throw error;
  }
}
