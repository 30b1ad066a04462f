import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { childrenOf, need, until } from './processes.js';

/** An OpenSSH server, and what reaches it. */
export interface Sshd {
  readonly process: number;
  readonly port: number;
  /** Where it is reached: each counts as a host of its own. */
  readonly addresses: readonly string[];
  readonly user: string;
  readonly key: string;
  readonly knownHosts: string;
  /** Options with which `ssh` and Ansible share one warm connection. */
  readonly shared: readonly string[];
  stop(): Promise<void>;
}

const loopback = '127.0.0.1';

async function freePort(): Promise<number> {
  const server = createServer().listen(0, loopback);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/**
 * Starts one with a key and a home folder of its own: no .bashrc of this machine takes part. It listens on
 * 127.0.0.1 alone; where other addresses are told, on all: then the network has to be one of the bench's own.
 */
export async function startSshd(
  folder: string,
  addresses: readonly string[] = [loopback],
): Promise<Sshd> {
  need({ sshd: 'openssh-server', 'ssh-keygen': 'openssh-client' });
  mkdirSync(folder, { recursive: true });
  chmodSync(folder, 0o755);
  const home = join(folder, 'home');
  mkdirSync(home);
  mkdirSync('/run/sshd', { recursive: true });
  const [key, hostKey, knownHosts] = ['user', 'host', 'known_hosts'].map((name) =>
    join(folder, name),
  );
  if (key === undefined || hostKey === undefined || knownHosts === undefined)
    throw new Error('no names');
  for (const file of [key, hostKey]) {
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', '', '-f', file]);
  }
  const port = await freePort();
  const config = [
    `Port ${port}`,
    `ListenAddress ${addresses.every((one) => one === loopback) ? loopback : '0.0.0.0'}`,
    // Many hosts would turn nobody away who logs in to each of them once; the one that stands for them must not.
    `MaxStartups ${10 * addresses.length}`,
    `HostKey ${hostKey}`,
    `AuthorizedKeysFile ${key}.pub`,
    `PidFile ${join(folder, 'sshd.pid')}`,
    'StrictModes no',
    'UsePAM no',
    `SetEnv HOME=${home}`,
    'PasswordAuthentication no',
    'PermitRootLogin prohibit-password',
  ];
  writeFileSync(join(folder, 'sshd_config'), `${config.join('\n')}\n`);
  const publicKey = readFileSync(`${hostKey}.pub`, 'utf8');
  const known = addresses.map((address) => `[${address}]:${port} ${publicKey}`);
  writeFileSync(knownHosts, known.join(''));
  const child = spawn('/usr/sbin/sshd', ['-D', '-e', '-f', join(folder, 'sshd_config')], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  await new Promise<void>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', () => reject(new Error(`sshd ended: ${said}`)));
    child.stderr.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      if (said.includes('Server listening')) resolve();
    });
  });
  const options = [
    `UserKnownHostsFile=${knownHosts}`,
    'StrictHostKeyChecking=yes',
    'ControlMaster=auto',
    'ControlPersist=600',
    `ControlPath=${join(folder, 'cm-%h')}`,
  ];
  const shared = options.flatMap((option) => ['-o', option]);
  return {
    process: child.pid ?? 0,
    port,
    addresses,
    user: userInfo().username,
    key,
    knownHosts,
    shared,
    stop: async () => {
      const gone = once(child, 'exit');
      child.kill('SIGTERM');
      await gone;
    },
  };
}

/** Arguments of `ssh` for a command on the warm connection. */
export function sshArgs({ port, user, key, shared }: Sshd, command: string): string[] {
  return ['-p', String(port), '-i', key, ...shared, `${user}@${loopback}`, command];
}

/** Ends the warm connection of `ssh` and Ansible. */
export function endShared(sshd: Sshd): void {
  try {
    execFileSync('ssh', ['-O', 'exit', ...sshArgs(sshd, '')], { stdio: 'ignore' });
  } catch {
    // There was none.
  }
}

/** Has the server end every connection, and waits until nobody has one any more. */
export async function endSessions({ process: server, port }: Sshd): Promise<void> {
  for (const session of childrenOf(server)) {
    try {
      process.kill(session, 'SIGTERM');
    } catch (error) {
      // It ended by itself since it was seen.
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }
  const hex = port.toString(16).toUpperCase().padStart(4, '0');
  // Established (01), or ended by one side alone (08).
  const held = new RegExp(`:${hex} [0-9A-F]{8}:[0-9A-F]{4} 0[18] |[0-9A-F]{8}:${hex} 0[18] `);
  await until(() => !held.test(readFileSync('/proc/self/net/tcp', 'latin1')), 10_000, 5);
}

/** An inventory with this server as hosts `h1`, `h2` and so on, one per address, all in the group `all`. */
export function inventoryOf({ addresses, port, user, key, knownHosts }: Sshd): string {
  const hosts = Object.fromEntries(
    addresses.map((address, at) => [`h${at + 1}`, { address, port, user, key, knownHosts }]),
  );
  const groups = { all: Object.keys(hosts) };
  return `${JSON.stringify({ apiVersion: 'runbook/v1', hosts, groups })}\n`;
}
