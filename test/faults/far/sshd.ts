import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeKey } from '../../activities/targets/sshd.js';
import { until } from '../../client/e2e/bench.js';

/** How an sshd is to be. */
export interface Wants {
  /** Lines of sshd_config. */
  readonly config?: readonly string[];
  /** Text of ~/.bashrc of who logs in. */
  readonly bashrc?: string;
  /** Folders that it has for itself: small file systems that are empty at first, by their size in KiB. */
  readonly disks?: Readonly<Record<string, number>>;
}

export const port = 22;

/** Mounts a file system at each folder with its size, up to `--`; then becomes the command behind that. */
const withDisks = `while [ "$1" != -- ]; do
  mkdir -p "$1"
  mount -t tmpfs -o "size=$2k,mode=0755" tmpfs "$1"
  shift 2
done
shift
exec "$@"`;

function childrenOf(pid: number): number[] {
  let text = '';
  try {
    text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8');
  } catch {
    // Gone.
  }
  const direct = text.trim().split(' ').filter(Boolean).map(Number);
  return [...direct, ...direct.flatMap(childrenOf)];
}

function isSshd(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').startsWith('sshd');
  } catch {
    return false;
  }
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** A host that is reached over ssh: an sshd in a namespace, with the keys that it has for good. */
export class Sshd {
  readonly key: string;
  readonly #folder: string;
  readonly #namespace: string;
  readonly #disks: readonly string[];
  #child: ChildProcess | null = null;
  #said = '';

  private constructor(folder: string, namespace: string, disks: Wants['disks']) {
    this.#folder = folder;
    this.#namespace = namespace;
    this.#disks = Object.entries(disks ?? {}).flatMap(([path, size]) => [path, String(size)]);
    this.key = join(folder, 'user');
  }

  /** Makes its keys and its configuration; another one with the same keys is at the other seat of its network. */
  static async make(
    folder: string,
    namespace: string,
    address: string,
    { config = [], bashrc, disks }: Wants = {},
  ): Promise<Sshd> {
    const home = join(folder, 'home');
    mkdirSync(home, { recursive: true });
    mkdirSync('/run/sshd', { recursive: true }); // where sshd separates privileges
    chmodSync(folder, 0o755);
    const key = await makeKey(join(folder, 'user'));
    const hostKey = await makeKey(join(folder, 'host'));
    if (bashrc !== undefined) writeFileSync(join(home, '.bashrc'), bashrc);
    const lines = [
      `Port ${port}`,
      `ListenAddress ${address}`,
      `HostKey ${hostKey}`,
      `AuthorizedKeysFile ${key}.pub`,
      'PidFile none',
      'StrictModes no',
      'UsePAM no',
      'PasswordAuthentication no',
      'KbdInteractiveAuthentication no',
      'PermitRootLogin prohibit-password',
      `SetEnv HOME=${home}`,
      ...config,
    ];
    writeFileSync(join(folder, 'sshd_config'), `${lines.join('\n')}\n`);
    return new Sshd(folder, namespace, disks);
  }

  /** The same host at another seat. */
  at(namespace: string): Sshd {
    return new Sshd(this.#folder, namespace, {});
  }

  /** What it has said since it was switched on. */
  get said(): string {
    return this.#said;
  }

  /** Its public host key, as in known_hosts behind the address. */
  get hostKey(): string {
    return readFileSync(join(this.#folder, 'host.pub'), 'utf8').trim();
  }

  /** Switches it on. @throws Error with its last words where it does not listen */
  async begin(): Promise<void> {
    const daemon = ['/usr/sbin/sshd', '-D', '-e', '-f', join(this.#folder, 'sshd_config')];
    const own = ['unshare', '--mount', '--propagation', 'private'];
    const disks = ['sh', '-euc', withDisks, 'sh', ...this.#disks, '--'];
    const enter = ['netns', 'exec', this.#namespace];
    const argv = [...enter, ...own, ...disks, ...daemon];
    const child = spawn('ip', argv, { stdio: ['ignore', 'ignore', 'pipe'] });
    this.#child = child;
    this.#said = '';
    child.stderr.on('data', (chunk: Buffer) => (this.#said += chunk.toString()));
    await until(`sshd listens: ${this.#said}`, () => {
      if (child.exitCode !== null) throw new Error(`sshd ended: ${this.#said}`);
      return this.#said.includes('Server listening on');
    });
  }

  /** A file as it is on this host. */
  path(path: string): string {
    return join(`/proc/${this.#pid}/root`, path);
  }

  /** Its mount namespace, for whoever is to enter it. */
  get mounts(): string {
    return `/proc/${this.#pid}/ns/mnt`;
  }

  get #pid(): number {
    return this.#child?.pid ?? 0;
  }

  /** Ends its connections; commands go on. */
  hangUp(): void {
    for (const pid of childrenOf(this.#pid).filter(isSshd)) send(pid, 'SIGKILL');
  }

  /** Lets it stand still, so that it takes connections and answers none; commands go on. */
  freeze(): void {
    for (const pid of this.#sshds()) send(pid, 'SIGSTOP');
  }

  thaw(): void {
    for (const pid of this.#sshds()) send(pid, 'SIGCONT');
  }

  /** Its daemon and those of its connections; none where it is switched off. */
  #sshds(): number[] {
    const pid = this.#child?.pid;
    return pid === undefined ? [] : [pid, ...childrenOf(pid).filter(isSshd)];
  }

  /** Switches it off: everything that was begun there is gone. */
  async die(): Promise<void> {
    const child = this.#child;
    if (child === null) return;
    const gone = once(child, 'exit');
    // The daemon first: who loses its parent meanwhile is not found below it any more.
    const all = [...childrenOf(this.#pid), this.#pid];
    for (const pid of all) send(pid, 'SIGSTOP');
    for (const pid of [...childrenOf(this.#pid), ...all]) send(pid, 'SIGKILL');
    if (child.exitCode === null && child.signalCode === null) await gone;
    this.#child = null;
  }
}
