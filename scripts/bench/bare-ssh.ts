import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'ssh2';
import type { Sshd } from './sshd.js';

/** How a server lets us in. */
type Login = Pick<Sshd, 'port' | 'user' | 'key'>;

const limitMs = 60_000;

/** Hosts reached with ssh2 and nothing else: no log, no host keys, no limit of a command. */
export class BareSsh {
  readonly #sshd: Login;
  readonly #open = new Map<string, Promise<Client>>();

  constructor(sshd: Login) {
    this.#sshd = sshd;
  }

  /** Runs a line so often on every host, everything at once; answers the time that it took, in ms. */
  async look(addresses: readonly string[], times: number, line: string): Promise<number> {
    const began = performance.now();
    const all = addresses.flatMap((address) =>
      Array.from({ length: times }, () => this.run(address, line)),
    );
    // Nothing of it has a limit of its own.
    const late = new AbortController();
    const limit = sleep(limitMs, undefined, { signal: late.signal }).then(() => {
      throw new Error(`ssh2 did not come to its end within ${limitMs / 1000} s`);
    });
    try {
      await Promise.race([Promise.all(all), limit]);
    } finally {
      late.abort();
      limit.catch(() => undefined);
    }
    return performance.now() - began;
  }

  /** Runs a line of the login shell on a host; without one, `true`. */
  async run(address: string, line?: string): Promise<void> {
    let open = this.#open.get(address);
    if (open === undefined) {
      const made = this.#connect(address, () => {
        // Another one may have taken its place meanwhile.
        if (this.#open.get(address) === made) this.#open.delete(address);
      });
      open = made;
      this.#open.set(address, made);
    }
    await command(await open, line);
  }

  /** Ends all connections. */
  close(): void {
    for (const open of this.#open.values()) void open.then((client) => client.end());
    this.#open.clear();
  }

  async #connect(address: string, gone: () => void): Promise<Client> {
    const { port, user, key } = this.#sshd;
    const client = new Client();
    await new Promise<void>((resolve, reject) => {
      client.once('ready', resolve);
      client.once('error', reject);
      const sock = connect({ host: address, port, noDelay: true });
      client.connect({ sock, username: user, privateKey: readFileSync(key) });
    });
    client.removeAllListeners('error');
    // The benchmark ends sessions on the host's side, too.
    client.on('error', gone);
    client.once('close', gone);
    return client;
  }
}

function command(client: Client, line = 'true'): Promise<void> {
  return new Promise((resolve, reject) => {
    client.exec(line, (error, channel) => {
      if (error !== undefined) return reject(error);
      channel.resume();
      channel.stderr.resume();
      channel.once('close', () => resolve());
    });
  });
}
