import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'ssh2';
import type { Sshd } from './sshd.js';

const limitMs = 60_000;

/** Hosts reached with ssh2 and nothing else: no run, no log, no time limit, no host keys. */
export class BareSsh {
  readonly #sshd: Sshd;
  readonly #addresses: readonly string[];
  readonly #open = new Map<string, Client>();

  constructor(sshd: Sshd, addresses: readonly string[]) {
    this.#sshd = sshd;
    this.#addresses = addresses;
  }

  /** Runs a line so often on every host, everything at once; answers the time that it took, in ms. */
  async look(times: number, line: string): Promise<number> {
    const began = performance.now();
    const all = this.#addresses.map(async (address) => {
      const client = await this.#client(address);
      await Promise.all(Array.from({ length: times }, () => command(client, line)));
    });
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

  /** Ends all connections. */
  close(): void {
    for (const client of this.#open.values()) client.end();
    this.#open.clear();
  }

  async #client(address: string): Promise<Client> {
    const known = this.#open.get(address);
    if (known !== undefined) return known;
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
    client.on('error', () => this.#open.delete(address));
    client.once('close', () => this.#open.delete(address));
    this.#open.set(address, client);
    return client;
  }
}

/** Runs one line of the login shell on a connection of ssh2, and nothing besides; without a line, `true`. */
export function command(client: Client, line = 'true'): Promise<void> {
  return new Promise((resolve, reject) => {
    client.exec(line, (error, channel) => {
      if (error !== undefined) return reject(error);
      channel.resume();
      channel.stderr.resume();
      channel.once('close', () => resolve());
    });
  });
}
