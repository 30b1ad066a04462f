import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { PermanentError, RunbookError } from '../../core/errors.js';
import type { Verb } from '../../core/run/engine.js';
import type { CommandOptions, Target } from '../../core/target.js';
import { localTarget } from './local.js';
import { productTarget } from './product.js';

/**
 * Makes a copy of this machine's file system whose changes go to memory, and moves into it; for the
 * first process of a sandbox. What the product keeps on this machine is left out (a whiteout of overlayfs):
 * other tests write there, and what changes under an overlay cannot be removed through it.
 */
export const enterCopy = `set -e
t=/tmp
mount -t tmpfs -o mode=0755 tmpfs $t
mkdir -p $t/upper/var/lib $t/work $t/root
mknod $t/upper/var/lib/runbook c 0 0
mount -t overlay overlay -o lowerdir=/,upperdir=$t/upper,workdir=$t/work $t/root
mount --rbind /dev $t/root/dev
mount -t proc proc $t/root/proc
mount -t sysfs sysfs $t/root/sys
mount -t tmpfs -o mode=1777 tmpfs $t/root/tmp
mount -t tmpfs -o mode=0755 tmpfs $t/root/run
cd $t/root
mkdir run/old
pivot_root . run/old
umount -l /run/old
rmdir /run/old
ip link set lo up
`;

/** A first process that does nothing. */
const idle = `${enterCopy}echo ready\nexec sleep infinity\n`;

/**
 * Starts the sandbox ($2…) in cgroup $1, if any, and ends it with all that is in it when standard input
 * closes: also when the test is killed.
 */
const supervisor = `group=$1; shift
exec 3<&0
[ -z "$group" ] || mkdir "$group" || exit 1
( exec 3<&-; [ -z "$group" ] || echo 0 > "$group/cgroup.procs"; exec "$@" ) </dev/null &
holder=$!
echo "holder $holder"
( cat <&3 >/dev/null; kill -9 $holder 2>/dev/null ) &
watch=$!
# Nobody listens any more where the test was killed; there is still something to clear away.
trap '' PIPE
wait $holder
kill $watch 2>/dev/null
[ -n "$group" ] || exit 0
# Its processes are dead, but the kernel may still be at their graves.
i=0
while [ -d "$group" ] && [ "$i" -lt 100 ]; do
  find "$group" -depth -type d -exec rmdir {} ';' 2>/dev/null
  [ ! -d "$group" ] || sleep 0.1
  i=$((i + 1))
done
`;

/** A private copy of this machine, to be changed at will. */
export interface Sandbox {
  /** Runs every command inside, as it is: for arranging and looking. */
  readonly target: Target;
  /** Runs every command inside as the product does, on behalf of a verb: for actions. */
  readonly open: (verb: Verb) => Target;
  /** Runs a constant script inside, for arranging and looking; answers its standard output. */
  sh(script: string, ...args: string[]): Promise<string>;
  /** Ends it, with all its processes, files and interfaces. */
  stop(): Promise<void>;
}

/** What a test needs for {@link createSandbox}; for the `needs` facility. */
export const sandboxNeeds = {
  linux: true,
  root: true,
  commands: ['unshare', 'nsenter', 'pivot_root', 'mount', 'ip'],
} as const;

const namespaces = ['mount', 'net', 'uts', 'ipc', 'pid', 'cgroup'].map((name) => `--${name}`);

/** Sends every command of a target through `enter`, which is nsenter with its arguments. */
function inside(enter: readonly string[], outer: Target, name: string): Target {
  const notThere = (command: string, stderr: string): boolean =>
    stderr.startsWith(`nsenter: failed to execute ${command}: No such file`);
  const run: Target['run'] = async (command, args, options: CommandOptions = {}) => {
    const exits = options.exits ?? [0];
    const result = await outer.run('nsenter', [...enter, command, ...args], {
      ...options,
      exits: exits === 'any' ? 'any' : [...exits, 127],
    });
    if (result.exitCode === 127 && notThere(command, result.stderr)) {
      throw new PermanentError('tool-missing', `${name}: there is no ${command}`);
    }
    if (exits !== 'any' && !exits.includes(result.exitCode)) {
      const code = options.failure ?? 'command-failed';
      throw new RunbookError(code, `${name}: ${command} ended with 127: ${result.stderr.trim()}`);
    }
    return result;
  };
  return {
    ...outer,
    name,
    run,
    json: async <T>(command: string, args: readonly string[], options?: CommandOptions) =>
      JSON.parse((await run(command, args, options)).stdout) as T,
  };
}

/** How a sandbox is made. */
export interface SandboxOptions {
  readonly name?: string;
  /** Script of the first process; must print `ready` after {@link enterCopy}. */
  readonly init?: string;
  /** A cgroup to be made for it, and removed with it. */
  readonly cgroup?: string;
}

/** Makes a sandbox in some 30 ms. */
export async function createSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const { name = 'sandbox', init = idle, cgroup = '' } = options;
  const unshare = ['unshare', ...namespaces, '--propagation', 'private', '--fork', '--kill-child'];
  const child = spawn('sh', ['-c', supervisor, 'sh', cgroup, ...unshare, 'sh', '-c', init], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' },
  });
  const ended = once(child, 'exit');
  let told = '';
  child.stderr.on('data', (chunk: Buffer) => (told += chunk.toString()));
  const ready = new Promise<void>((resolve, reject) => {
    child.stdout.on('data', (chunk: Buffer) => {
      told += chunk.toString();
      if (/^ready$/m.test(told)) resolve();
    });
    void ended.then(() => reject(new Error(`the sandbox did not start: ${told.trim()}`)));
  });
  await ready;
  const holder = /^holder (\d+)$/m.exec(told)?.[1] ?? '0';
  const children = await readFile(`/proc/${holder}/task/${holder}/children`, 'utf8');
  const enter = ['--target', children.trim(), ...namespaces, '--'];
  const target = inside(enter, localTarget(), name);
  return {
    target,
    open: productTarget(name, ['nsenter', ...enter]),
    sh: async (script, ...args) => (await target.run('sh', ['-euc', script, 'sh', ...args])).stdout,
    stop: async () => {
      child.stdin.end();
      await ended;
    },
  };
}
