import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { need } from './processes.js';

/** An OpenSSH server on 127.0.0.1, and what reaches it. */
export interface Sshd {
  readonly port: number;
  readonly user: string;
  readonly key: string;
  readonly knownHosts: string;
  /** Options with which `ssh` and Ansible share one warm connection. */
  readonly shared: readonly string[];
  stop(): Promise<void>;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** Starts one with a key and a home folder of its own: no .bashrc of this machine takes part. */
export async function startSshd(folder: string): Promise<Sshd> {
  need({ sshd: 'openssh-server', 'ssh-keygen': 'openssh-client' });
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
    'ListenAddress 127.0.0.1',
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
  writeFileSync(knownHosts, `[127.0.0.1]:${port} ${readFileSync(`${hostKey}.pub`, 'utf8')}`);
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
    'ControlPersist=120',
    `ControlPath=${join(folder, 'cm')}`,
  ];
  const shared = options.flatMap((option) => ['-o', option]);
  return {
    port,
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
  return ['-p', String(port), '-i', key, ...shared, `${user}@127.0.0.1`, command];
}

/** Ends the warm connection of `ssh` and Ansible. */
export function endShared(sshd: Sshd): void {
  try {
    execFileSync('ssh', ['-O', 'exit', ...sshArgs(sshd, '')], { stdio: 'ignore' });
  } catch {
    // There was none.
  }
}

/** An inventory with this server as host `h1`. */
export function inventoryOf({ port, user, key, knownHosts }: Sshd): string {
  const host = { address: '127.0.0.1', port, user, key, knownHosts };
  return `${JSON.stringify({ apiVersion: 'runbook/v1', hosts: { h1: host } })}\n`;
}
