import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmod, chown, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect, createServer, type AddressInfo } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const exec = promisify(execFile);

/** What a test needs for {@link startSshd}. */
export const sshdNeeds = { linux: true, root: true, commands: ['sshd', 'ssh-keygen'] } as const;

/** How an sshd is to be. */
export interface SshdOptions {
  /** Lines of sshd_config. */
  readonly config?: readonly string[];
  /** Types of its host keys; `ed25519` unless told. */
  readonly hostKeys?: readonly ('ed25519' | 'rsa' | 'ecdsa')[];
  /** Text of ~/.bashrc of who logs in. */
  readonly bashrc?: string;
  /** Network namespace to listen in; the test's own unless told. */
  readonly netns?: string;
  /** Port; a free one unless told. */
  readonly port?: number;
  /** A user who is not root, known to this sshd alone; root unless told. */
  readonly login?: { readonly shell: string; readonly sudoers?: string };
}

/** A real OpenSSH server that the test runs, on 127.0.0.1. */
export interface Sshd {
  readonly port: number;
  readonly user: string;
  /** Private key that opens it. */
  readonly key: string;
  /** Lines of known_hosts for it. */
  readonly knownHosts: string;
  /** Public host keys by type, as in a .pub file. */
  readonly hostKeys: Readonly<Record<string, string>>;
  readonly folder: string;
  readonly pid: number;
  /** What it logged so far. */
  log(): string;
  /** Processes of sshd that serve connections. */
  children(): Promise<number[]>;
  stop(): Promise<void>;
}

async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

const loginName = 'operator-of-test';

/** Starts $5… where the files $1 to $4 stand in the place of those that say who there is. */
const withAccounts = `mount --bind "$1" /etc/passwd
mount --bind "$2" /etc/shadow
mount --bind "$3" /etc/group
[ -z "$4" ] || mount --bind "$4" /etc/sudoers
shift 4
exec "$@"`;

async function accounts(
  folder: string,
  { shell, sudoers }: NonNullable<SshdOptions['login']>,
): Promise<string[]> {
  const id = 54321;
  const home = join(folder, 'home');
  const lines = {
    passwd: `${loginName}:x:${id}:${id}::${home}:${shell}`,
    shadow: `${loginName}:*:19000:0:99999:7:::`,
    group: `${loginName}:x:${id}:`,
  };
  const files: string[] = [];
  for (const [name, line] of Object.entries(lines)) {
    const file = join(folder, name);
    await writeFile(file, `${await readFile(`/etc/${name}`, 'utf8')}${line}\n`, { mode: 0o644 });
    files.push(file);
  }
  await chown(home, id, id);
  const rules = join(folder, 'sudoers');
  if (sudoers !== undefined) await writeFile(rules, `${sudoers}\n`, { mode: 0o440 });
  files.push(sudoers === undefined ? '' : rules);
  return [
    'unshare',
    '--mount',
    '--propagation',
    'private',
    'sh',
    '-ec',
    withAccounts,
    'sh',
    ...files,
  ];
}

/** A new key pair; answers the path of the private one. */
export async function makeKey(path: string, type = 'ed25519'): Promise<string> {
  await exec('ssh-keygen', ['-q', '-t', type, '-N', '', '-C', '', '-f', path]);
  return path;
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    socket.once('error', () => resolve(false));
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
  });
}

async function untilListening(child: ChildProcess, log: () => string): Promise<void> {
  for (let i = 0; i < 200; i++) {
    if (child.exitCode !== null) throw new Error(`sshd ended: ${log()}`);
    if (log().includes('Server listening on')) return;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error(`sshd does not listen: ${log()}`);
}

async function childrenOf(pid: number): Promise<number[]> {
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '');
  const direct = text.trim().split(' ').filter(Boolean).map(Number);
  return [...direct, ...(await Promise.all(direct.map(childrenOf))).flat()];
}

/** Starts an sshd with keys of its own; it takes one user, with one key. */
export async function startSshd(options: SshdOptions = {}): Promise<Sshd> {
  const folder = await mkdtemp(join(tmpdir(), 'runbook-sshd-'));
  await chmod(folder, 0o755);
  const home = join(folder, 'home');
  await mkdir(home);
  if (options.bashrc !== undefined) await writeFile(join(home, '.bashrc'), options.bashrc);
  const key = await makeKey(join(folder, 'user'));
  const types = options.hostKeys ?? ['ed25519'];
  const files = await Promise.all(types.map((type) => makeKey(join(folder, `host_${type}`), type)));
  const port = options.port ?? (await freePort());
  const config = [
    `Port ${port}`,
    'ListenAddress 127.0.0.1',
    ...files.map((file) => `HostKey ${file}`),
    `AuthorizedKeysFile ${key}.pub`,
    `PidFile ${join(folder, 'pid')}`,
    'StrictModes no',
    'UsePAM no',
    'PasswordAuthentication no',
    'KbdInteractiveAuthentication no',
    'PermitRootLogin prohibit-password',
    // A home of its own: what the machine's own .bashrc does is none of the test's business.
    `SetEnv HOME=${home}`,
    ...(options.config ?? []),
  ];
  await writeFile(join(folder, 'sshd_config'), `${config.join('\n')}\n`);
  await mkdir('/run/sshd', { recursive: true }); // where sshd separates privileges
  const argv = ['/usr/sbin/sshd', '-D', '-e', '-f', join(folder, 'sshd_config')];
  const enter =
    options.netns === undefined ? [] : ['nsenter', `--net=/run/netns/${options.netns}`, '--'];
  const as = options.login === undefined ? [] : await accounts(folder, options.login);
  const [command = '', ...args] = [...enter, ...as, ...argv];
  const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  await untilListening(child, () => said);
  if (options.netns === undefined && !(await answers(port)))
    throw new Error('sshd does not answer');
  const hostKeys: Record<string, string> = {};
  for (const [at, file] of files.entries()) {
    hostKeys[types[at] ?? ''] = (await readFile(`${file}.pub`, 'utf8')).trim();
  }
  const name = port === 22 ? '127.0.0.1' : `[127.0.0.1]:${port}`;
  return {
    port,
    user: options.login === undefined ? userInfo().username : loginName,
    key,
    hostKeys,
    folder,
    knownHosts: Object.values(hostKeys)
      .map((line) => `${name} ${line}\n`)
      .join(''),
    pid: child.pid ?? 0,
    log: () => said,
    children: () => childrenOf(child.pid ?? 0),
    stop: async () => {
      for (const pid of [...(await childrenOf(child.pid ?? 0)), child.pid ?? 0]) {
        try {
          process.kill(pid, 'SIGKILL');
        } catch (error) {
          if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
        }
      }
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
      await rm(folder, { recursive: true, force: true });
    },
  };
}
