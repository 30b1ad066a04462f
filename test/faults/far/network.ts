import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const exec = promisify(execFile);

/** What {@link Network} asks of the machine. */
export const networkNeeds = { linux: true, root: true, commands: ['ip', 'iptables'] } as const;

/** Of each network: 16 addresses of 198.18.0.0/15, which RFC 2544 leaves to tests of networks. */
const span = 16;
let opened = 0;

function addressAt(at: number): string {
  return `198.${18 + (at >> 16)}.${(at >> 8) & 255}.${at & 255}`;
}

/** One end of the network: a namespace, and the link that leads into it. */
interface Seat {
  readonly namespace: string;
  /** Name of the link on this side. */
  readonly link: string;
  /** Addresses of the link, here and there. */
  readonly here: string;
  readonly there: string;
}

async function sit({ namespace, link, here, there }: Seat, alias: string): Promise<void> {
  const inside = ['-n', namespace];
  await exec('ip', ['netns', 'add', namespace]);
  const pair = ['type', 'veth', 'peer', 'name', 'eth0', 'netns', namespace];
  await exec('ip', ['link', 'add', link, ...pair]);
  await exec('ip', ['address', 'add', `${here}/30`, 'dev', link]);
  await exec('ip', ['link', 'set', link, 'up']);
  await exec('ip', [...inside, 'link', 'set', 'lo', 'up']);
  await exec('ip', [...inside, 'address', 'add', `${there}/30`, 'dev', 'eth0']);
  await exec('ip', [...inside, 'address', 'add', `${alias}/32`, 'dev', 'lo']);
}

/**
 * A network of the run's own: one address, at a seat in a namespace that a link leads to, and perhaps a second
 * seat that it can move to. Everything that goes wrong on a wire is done to it there.
 */
export class Network {
  readonly address: string;
  readonly #seats: readonly Seat[];
  #at = 0;

  private constructor(address: string, seats: readonly Seat[]) {
    this.address = address;
    this.#seats = seats;
  }

  static async open(seats: 1 | 2 = 1): Promise<Network> {
    const at = (process.pid % 512) * 16 + (opened % 16);
    const name = `rbf${process.pid.toString(36)}${(opened += 1)}`;
    const base = at * span;
    const all = Array.from({ length: seats }, (_, seat) => ({
      namespace: `${name}${'ab'[seat]}`,
      link: `${name}${'ab'[seat]}`,
      here: addressAt(base + 4 * seat + 1),
      there: addressAt(base + 4 * seat + 2),
    }));
    const network = new Network(addressAt(base + span - 1), all);
    for (const seat of all) {
      await sit(seat, network.address);
      await network.#join(seat);
    }
    await network.#lead();
    return network;
  }

  /** Namespaces of the seats. */
  get namespaces(): readonly string[] {
    return this.#seats.map(({ namespace }) => namespace);
  }

  async #join({ namespace, here }: Seat): Promise<void> {
    await exec('ip', ['-n', namespace, 'link', 'set', 'eth0', 'up']);
    await exec('ip', ['-n', namespace, 'route', 'replace', 'default', 'via', here]);
  }

  async #lead(): Promise<void> {
    const via = this.#seats[this.#at]?.there ?? '';
    await exec('ip', ['route', 'replace', `${this.address}/32`, 'via', via]);
  }

  async #rule(...rule: readonly string[]): Promise<void> {
    for (const namespace of this.namespaces) {
      await exec('ip', ['netns', 'exec', namespace, 'iptables', '--wait', ...rule]);
    }
  }

  /** A black hole: nothing gets through, either way, and nobody says so. */
  async silence(): Promise<void> {
    for (const chain of ['INPUT', 'OUTPUT']) await this.#rule('--append', chain, '--jump', 'DROP');
  }

  /** Every packet is answered with the end of its connection. */
  async reset(): Promise<void> {
    const answer = ['--jump', 'REJECT', '--reject-with', 'tcp-reset'];
    await this.#rule('--append', 'INPUT', '--protocol', 'tcp', ...answer);
  }

  /** So large a part of what comes and of what goes is lost. */
  async lose(part: number): Promise<void> {
    const chance = ['--match', 'statistic', '--mode', 'random', '--probability', String(part)];
    for (const chain of ['INPUT', 'OUTPUT']) {
      await this.#rule('--append', chain, ...chance, '--jump', 'DROP');
    }
  }

  /** Takes back all of these three. */
  async clear(): Promise<void> {
    await this.#rule('--flush');
  }

  /** Pulls the cable. */
  async cut(): Promise<void> {
    for (const namespace of this.namespaces) {
      await exec('ip', ['-n', namespace, 'link', 'set', 'eth0', 'down']);
    }
  }

  /** Puts it back in. */
  async splice(): Promise<void> {
    for (const seat of this.#seats) await this.#join(seat);
  }

  /** Lets the address move to the other seat: who was connected learns that nobody there knows of it. */
  async move(): Promise<void> {
    this.#at = (this.#at + 1) % this.#seats.length;
    await this.#lead();
  }

  async close(): Promise<void> {
    // Its links and the routes over them go with the namespace.
    for (const namespace of this.namespaces) await exec('ip', ['netns', 'delete', namespace]);
  }
}
