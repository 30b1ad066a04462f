import type { Target } from '../../core/target.js';

/** Files by which one sees what kubeadm has made of a machine, below /etc/kubernetes where relative. */
const marks = {
  admin: 'admin.conf',
  apiServer: 'manifests/kube-apiserver.yaml',
  kubelet: 'kubelet.conf',
  bootstrap: 'bootstrap-kubelet.conf',
  ca: 'pki/ca.crt',
  etcd: '/var/lib/etcd/member',
  kubeletConfig: '/var/lib/kubelet/config.yaml',
  begun: '/var/lib/runbook/kubeadm-begun',
} as const;
export type Mark = keyof typeof marks;

/** Says that an init or reset of ours has begun on a machine and not ended. */
export const begunFile = marks.begun;

/** Prints those of its arguments that exist. */
const existing = `cd /etc/kubernetes 2>/dev/null || cd /
for f do if [ -e "$f" ]; then echo "$f"; fi; done`;

/** What kubeadm has made of a machine. */
export async function marksOn(host: Target): Promise<ReadonlySet<Mark>> {
  const paths = Object.values(marks);
  const { stdout } = await host.run('sh', ['-euc', existing, 'sh', ...paths], { sudo: true });
  const found = new Set(stdout.split('\n'));
  return new Set((Object.keys(marks) as Mark[]).filter((mark) => found.has(marks[mark])));
}

/** Content of a file below /etc/kubernetes that is no secret. */
export async function publicFile(host: Target, path: 'pki/ca.crt'): Promise<string> {
  const { stdout } = await host.run('cat', ['--', `/etc/kubernetes/${path}`], { sudo: true });
  return stdout;
}

/** Which machine it is: what its kubelet reports too. */
export async function machineId(host: Target): Promise<string> {
  const { stdout } = await host.run('cat', ['/etc/machine-id']);
  return stdout.trim();
}

/** Runs a part of kubeadm with a configuration from standard input, which never is an argument. */
const withConfig = `umask 077
f=$(mktemp /run/runbook-kubeadm.XXXXXX)
trap 'rm -f "$f"' EXIT
cat > "$f"
kubeadm "$@" --config "$f"`;

/** Script, its name and the arguments of kubeadm, for `sh`. */
export function kubeadmWithConfig(args: readonly string[]): string[] {
  return ['-euc', withConfig, 'sh', ...args];
}

/** Marks the machine as half-made before, and takes the mark away when all is done. */
const begunWhile = `mkdir -p /var/lib/runbook
echo "$1" > ${begunFile}
shift
"$@"
rm -f ${begunFile}`;

/** The same, for something that leaves a machine half-made when it is stopped. */
export function marked(run: string, command: readonly string[]): string[] {
  return ['-euc', begunWhile, 'sh', run, ...command];
}

/** Takes a machine back to before kubeadm: stops the kubelet, deletes its files and, if any, etcd's data. */
export async function reset(host: Target, criSocket: string, run: string): Promise<void> {
  const command = ['kubeadm', 'reset', '--force', `--cri-socket=${criSocket}`];
  await host.run('sh', marked(run, command), {
    sudo: true,
    timeout: '4m',
    failure: 'action-failed',
  });
}
