import { connect, connectMs, Dropped } from './connect.js';
import type { Connection } from './connection.js';
import { within } from './deadline.js';
import { endpointKey, type Endpoint } from './endpoint.js';
import { createNamespaces } from './inside.js';
import { createPlaces, type Places } from './places.js';
import { RunbookError } from '../../../core/errors.js';

/** Stock sshd begins to drop connections when 10 are shaking hands. */
const handshakes = 8;
const maxSweepMs = 30_000;

/** Connections that are open, by endpoint. */
export interface Pool {
  /**
   * The connection to an endpoint: the open one, or a new one, which all who ask meanwhile share.
   * @throws RunbookError `unreachable`, `login-failed`, `host-key-unknown`, `host-key-changed`; the
   *   signal's reason
   */
  get(endpoint: Endpoint, signal?: AbortSignal): Promise<Connection>;
  /** The same for a command of a held shell: where one is open, it is not asked first whether its host is still there. */
  unasked(endpoint: Endpoint, signal: AbortSignal): Promise<Connection>;
  close(): Promise<void>;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** A pool that closes what nobody used for `idleMs`. */
export function createPool(idleMs: number, random: () => number = Math.random): Pool {
  const namespaces = createNamespaces();
  const open = new Map<string, Connection>();
  const opening = new Map<string, Promise<Connection>>();
  const gates = new Map<string, Places>();
  let closed = false;

  const gateOf = ({ address, port, route }: Endpoint): Places => {
    const key = JSON.stringify([address, port, route.kind === 'namespace' ? route.name : '']);
    const gate = gates.get(key) ?? createPlaces(handshakes);
    gates.set(key, gate);
    return gate;
  };

  /** A host that drops us is asked again, at odd times, so that not all come back at once. */
  const connectPatiently = async (endpoint: Endpoint): Promise<Connection> => {
    const gate = gateOf(endpoint);
    const end = performance.now() + connectMs;
    for (let wait = 100; ; wait = Math.min(wait * 2, 2000)) {
      await gate.take();
      try {
        return await connect(endpoint, { namespaces, over: (jump) => get(jump) });
      } catch (error) {
        const dropped = error instanceof Dropped && performance.now() + wait < end && !closed;
        if (!dropped) throw error;
      } finally {
        gate.release();
      }
      await pause(wait * (0.5 + random()));
    }
  };

  const begin = (key: string, endpoint: Endpoint): Promise<Connection> => {
    const made = connectPatiently(endpoint)
      .then((connection) => {
        if (closed) {
          connection.close();
          throw new RunbookError('unreachable', 'the worker is stopping');
        }
        open.set(key, connection);
        return connection;
      })
      .finally(() => opening.delete(key));
    opening.set(key, made);
    return made;
  };

  const unasked = async (endpoint: Endpoint, signal: AbortSignal): Promise<Connection> => {
    const known = open.get(endpointKey(endpoint));
    return known?.alive === true && known.holds ? known : await get(endpoint, signal);
  };

  const get = async (endpoint: Endpoint, signal?: AbortSignal): Promise<Connection> => {
    const key = endpointKey(endpoint);
    const known = open.get(key);
    if (known !== undefined) {
      if (await known.answers()) return known;
      if (open.get(key) === known) open.delete(key);
      known.close();
    }
    const made = opening.get(key) ?? begin(key, endpoint);
    // Who waits is not who connects: its end must not end the others' connection.
    const never = (): Error => new RunbookError('unreachable', `${endpoint.target}: no connection`);
    return await within(made, 4 * connectMs, never, signal);
  };

  const sweeper = setInterval(
    () => {
      for (const [key, connection] of open) {
        if (connection.alive && connection.idleMs < idleMs) continue;
        open.delete(key);
        connection.close();
      }
    },
    Math.min(maxSweepMs, idleMs),
  ).unref();

  return {
    get,
    unasked,
    close: async () => {
      closed = true;
      clearInterval(sweeper);
      for (const connection of open.values()) connection.close();
      open.clear();
      await within(
        Promise.allSettled(opening.values()),
        connectMs,
        () => new Error('connections are still being opened'),
      );
      namespaces.close();
    },
  };
}
