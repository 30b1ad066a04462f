import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** A TCP proxy on 127.0.0.1 that can misbehave. */
export interface Proxy {
  readonly port: number;
  /** Connections that were made through it. */
  readonly made: number;
  /** From now on not a byte goes through, and no connection ends. */
  blackHole(): void;
  /** Bytes go through again. */
  heal(): void;
  /** Resets all connections that are open. */
  reset(): void;
  /** Lets this many connections be closed at once before one goes through. */
  drop(count: number): void;
  /** Waits this long with each chunk, each way, ms. */
  delay(ms: number): void;
  /** Sends everything from the server on byte by byte, one each `ms`. */
  drip(ms: number): void;
  /** From now on new connections go to another server. */
  turn(to: number, host: string): void;
  close(): Promise<void>;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** A proxy to a port; of this machine unless told. */
export async function startProxy(to: number, host = '127.0.0.1'): Promise<Proxy> {
  let upstreamAt = { port: to, host };
  const pairs = new Set<[Socket, Socket]>();
  const mood = { silent: false, delayMs: 0, dripMs: 0 };
  let drops = 0;
  let made = 0;
  const pass = async (chunk: Buffer, into: Socket, dripping: boolean): Promise<void> => {
    while (mood.silent && !into.destroyed) await pause(20);
    if (mood.delayMs > 0) await pause(mood.delayMs);
    if (!dripping || mood.dripMs === 0) {
      into.write(chunk);
      return;
    }
    for (const byte of chunk) {
      if (into.destroyed) return;
      into.write(Buffer.from([byte]));
      await pause(mood.dripMs);
    }
  };
  const forward = (from: Socket, into: Socket, dripping: boolean): void => {
    let turn = Promise.resolve();
    from.on('data', (chunk: Buffer) => {
      turn = turn.then(() => pass(chunk, into, dripping));
    });
    from.on('close', () => {
      if (!mood.silent) into.destroy();
    });
    from.on('error', () => into.destroy());
  };
  const server = createServer((client) => {
    if (drops > 0) {
      drops--;
      client.destroy();
      return;
    }
    made++;
    const upstream = connect({ ...upstreamAt, noDelay: true });
    client.setNoDelay(true);
    const pair: [Socket, Socket] = [client, upstream];
    pairs.add(pair);
    client.on('close', () => pairs.delete(pair));
    forward(client, upstream, false);
    forward(upstream, client, true);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    get made() {
      return made;
    },
    blackHole: () => {
      mood.silent = true;
    },
    heal: () => {
      mood.silent = false;
    },
    reset: () => {
      for (const [client] of pairs) client.resetAndDestroy();
    },
    drop: (count) => {
      drops = count;
    },
    delay: (ms) => {
      mood.delayMs = ms;
    },
    drip: (ms) => {
      mood.dripMs = ms;
    },
    turn: (port, at) => {
      upstreamAt = { port, host: at };
    },
    close: async () => {
      mood.silent = false;
      for (const [client, upstream] of pairs) {
        client.destroy();
        upstream.destroy();
      }
      server.close();
      await once(server, 'close');
    },
  };
}
