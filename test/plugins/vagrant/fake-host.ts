import { PermanentError } from '../../../core/errors.js';
import type { CommandOptions, CommandResult, Target } from '../../../core/target.js';
import type { Power } from '../../../plugins/libvirt/domain.js';

/** A machine of the fake host, as libvirt has it. */
export interface FakeMachine {
  power: Power;
  reason: string | null;
  /** Whether vagrant made it. */
  readonly own: boolean;
  /** What `up` gives it, once it has come through. */
  addresses: readonly string[];
  /** It does not hear that it is to shut down. */
  readonly deaf?: boolean;
  /** Its services are being started. */
  starting?: boolean;
  /** It runs, and does not answer. */
  silent?: boolean;
}

/** A network of libvirt. */
export interface FakeNetwork {
  active: boolean;
  autostart: boolean;
  readonly bridge?: string;
}

/** Beginning of the names of domains. */
const prefix = 'lab_';

/** A host with virsh and vagrant, whose machines are an entry in a table. */
export class FakeHost {
  readonly machines = new Map<string, FakeMachine>();
  readonly networks = new Map<string, FakeNetwork>();
  readonly calls: string[] = [];
  /** Answers that come before all others, by the words they are asked with. */
  readonly answers = new Map<string, Partial<CommandResult> | null>();
  /** Addresses that a machine gets by `up`. */
  given: readonly string[] = ['192.168.10.200/24'];

  readonly target: Target = {
    name: 'host',
    kind: 'host',
    cluster: null,
    address: null,
    vars: {},
    run: (command, args, options) => {
      const words = [command, ...args].join(' ');
      this.calls.push(words);
      const given = [...this.answers].find(([start]) => words.includes(start));
      if (given?.[1] === null) {
        throw new PermanentError('tool-missing', `there is no ${command}`);
      }
      if (given !== undefined) return Promise.resolve({ ...ok(''), ...given[1] });
      return Promise.resolve(this.#answer(command, args, options));
    },
    json: async (command, args, options) =>
      JSON.parse((await this.target.run(command, args, options)).stdout),
  };

  add(name: string, more: Partial<FakeMachine> = {}): FakeMachine {
    const machine = {
      power: 'running',
      reason: 'booted',
      own: true,
      addresses: this.given,
      ...more,
    };
    this.machines.set(name, machine as FakeMachine);
    return machine as FakeMachine;
  }

  /** What there is, without why: a power cut and a shutdown leave the same behind. */
  state(): unknown {
    const machines = [...this.machines].map(([name, { power, addresses }]) => [
      name,
      power,
      power === 'running' ? addresses : [],
    ]);
    return { machines, networks: structuredClone([...this.networks]) };
  }

  #answer(command: string, args: readonly string[], options: CommandOptions = {}): CommandResult {
    if (command === 'virsh') return this.#virsh(args.slice(3));
    if (command === 'vagrant') return this.#vagrant(args, options);
    throw new Error(`not expected: ${command} ${args.join(' ')}`);
  }

  #virsh([verb = '', ...args]: readonly string[]): CommandResult {
    const name = args.at(-1) ?? '';
    if (verb.startsWith('net-')) return this.#network(verb, args);
    const machine = this.machines.get(name.replace(prefix, ''));
    if (machine === undefined) return no(`error: failed to get domain '${name}'`);
    const { power } = machine;
    const off = power === 'off' || power === 'saved';
    const become = (now: Power, reason: string): CommandResult => {
      machine.power = now;
      machine.reason = reason;
      return ok('');
    };
    switch (verb) {
      case 'domstate': {
        const word = off ? 'shut off' : power;
        return ok(`${word} (${power === 'saved' ? 'saved' : (machine.reason ?? 'unknown')})\n`);
      }
      case 'start': {
        if (!off)
          return no(`error: Failed to start domain '${name}'\nerror: Domain is already active`);
        const paused = args.includes('--paused');
        return become(paused ? 'paused' : 'running', power === 'saved' ? 'restored' : 'booted');
      }
      case 'resume':
        if (power !== 'paused')
          return no('error: Requested operation is not valid: domain is already running');
        return become('running', 'unpaused');
      case 'suspend':
        if (power !== 'running')
          return no('error: Requested operation is not valid: domain is not running');
        return become('paused', 'user');
      case 'shutdown':
        if (off) return no('error: Requested operation is not valid: domain is not running');
        return machine.deaf === true ? ok('') : become('off', 'shutdown');
      case 'destroy':
        if (off) return no('error: Requested operation is not valid: domain is not running');
        return become('off', 'destroyed');
      case 'managedsave':
        if (off) return no('error: Requested operation is not valid: domain is not running');
        return become('saved', 'saved');
      default:
        throw new Error(`not expected: virsh ${verb}`);
    }
  }

  #network(verb: string, args: readonly string[]): CommandResult {
    const [name = ''] = args;
    const network = this.networks.get(name);
    if (network === undefined) return no(`error: failed to get network '${name}'`);
    const yes = (value: boolean): string => (value ? 'yes' : 'no');
    switch (verb) {
      case 'net-info':
        return ok(
          `Name:           ${name}\nUUID:           c42a099d-6668-49de-9a55-f04523effcba\nActive:         ${yes(network.active)}\nPersistent:     yes\nAutostart:      ${yes(network.autostart)}\nBridge:         ${network.bridge ?? 'virbr0'}\n`,
        );
      case 'net-start':
        if (network.active)
          return no('error: Requested operation is not valid: network is already active');
        network.active = true;
        return ok('');
      case 'net-destroy':
        if (!network.active)
          return no(`error: Requested operation is not valid: network '${name}' is not active`);
        network.active = false;
        return ok('');
      case 'net-autostart':
        network.autostart = !args.includes('--disable');
        return ok('');
      default:
        throw new Error(`not expected: virsh ${verb}`);
    }
  }

  #vagrant(args: readonly string[], { env = {} }: CommandOptions): CommandResult {
    if (env['VAGRANT_CWD'] === undefined) throw new Error('vagrant without a folder');
    const words = args.filter((word) => word !== '--machine-readable');
    const [verb] = words;
    const name = words[1]?.startsWith('-') === true ? (words.at(-1) ?? '') : (words[1] ?? '');
    const found = this.machines.get(name);
    const machine = found?.own === true ? found : undefined;
    switch (verb) {
      case 'status': {
        const words = { absent: 'not_created', off: 'shutoff', saved: 'shutoff' } as const;
        const power = machine?.power ?? 'absent';
        const word = power === 'running' || power === 'paused' ? power : words[power];
        return ok(`1795388721,${name},provider-name,libvirt\n1795388721,${name},state,${word}\n`);
      }
      case 'up':
        if (!args.includes('--no-destroy-on-error')) throw new Error('up that may destroy');
        if (machine === undefined) this.add(name);
        else Object.assign(machine, { power: 'running', reason: 'booted', addresses: this.given });
        return ok('');
      case 'reload':
        if (machine !== undefined) machine.addresses = this.given;
        return ok('');
      case 'destroy':
        this.machines.delete(name);
        return ok('');
      case 'ssh':
        if (machine?.power !== 'running') {
          return no(
            'VM must be running to open SSH connection. Run `vagrant up`\nto start the virtual machine.',
          );
        }
        if (machine.silent === true) return { ...no(''), exitCode: 255 };
        return ok(
          [
            'boot 3b6f1c1e-6f0a-4f5e-9a53-0a4d1a2b3c4d',
            `system ${machine.starting === true ? 'starting' : 'degraded'}`,
            'reached 192.168.121.1 50000 192.168.121.118 22',
            'key ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIF',
            ...machine.addresses.map((address) => `address ${address}`),
          ].join('\n'),
        );
      default:
        throw new Error(`not expected: vagrant ${args.join(' ')}`);
    }
  }
}

function ok(stdout: string): CommandResult {
  return { exitCode: 0, stdout, stderr: '', truncated: false, durationMs: 1 };
}

function no(stderr: string): CommandResult {
  return { exitCode: 1, stdout: '', stderr: `${stderr}\n`, truncated: false, durationMs: 1 };
}
