import { PermanentError } from '../../../core/errors.js';

/** The only programs that are run on a cluster. */
export const tools = ['kubectl', 'helm', 'cilium'] as const;
export type Tool = (typeof tools)[number];

/** Which cluster a tool is to talk to. */
export interface Credentials {
  readonly kubeconfig: string;
  /** Null: the current one, for files that have only one. */
  readonly context: string | null;
}

/** How each tool is told, and which of its flags would tell it otherwise. */
const contextFlag = { kubectl: '--context', helm: '--kube-context', cilium: '--context' } as const;
const steering: Readonly<Record<Tool, readonly string[]>> = {
  kubectl: ['--kubeconfig', '--context', '--cluster', '--server', '-s'],
  helm: ['--kubeconfig', '--kube-context', '--kube-apiserver'],
  cilium: ['--kubeconfig', '--context'],
};

/** Commands of kubectl that ask once and have their answer; the others watch or stream. */
const brief = new Set(
  (
    'annotate api-resources api-versions apply auth cluster-info cordon create describe get label ' +
    'patch replace scale set taint top uncordon version'
  ).split(' '),
);
const watching = /^(?:-w|--watch(?:-only)?(?:=true)?)$/;
const longestAnswerS = 30;

/** @throws PermanentError `input-invalid` for any other program */
export function toolOf(cluster: string, command: string): Tool {
  const tool = tools.find((one) => one === command);
  if (tool !== undefined) return tool;
  throw new PermanentError(
    'input-invalid',
    `${cluster} is a cluster: ${JSON.stringify(command)} cannot run on it, only ${tools.join(', ')}`,
    { hint: 'Let the step act on a host.' },
  );
}

/** What stands before `--`: behind it are arguments for a program in a pod. */
function ownArgs(args: readonly string[]): readonly string[] {
  const end = args.indexOf('--');
  return end === -1 ? args : args.slice(0, end);
}

/**
 * How long kubectl may wait for one answer, seconds: it then says itself what is wrong, before it is
 * stopped. Watches and streams get the whole time.
 */
function requestTimeout(args: readonly string[], timeoutMs: number): number {
  const whole = Math.max(1, Math.floor(timeoutMs / 1000));
  const command = args.find((arg) => !arg.startsWith('-')) ?? '';
  if (!brief.has(command) || args.some((arg) => watching.test(arg))) return whole;
  return Math.max(1, Math.min(whole - 1, longestAnswerS));
}

/**
 * Arguments of a tool with the cluster that it must talk to.
 * @throws PermanentError `input-invalid` where they already name one
 */
export function toolArgs(
  tool: Tool,
  args: readonly string[],
  { kubeconfig, context }: Credentials,
  timeoutMs: number,
): string[] {
  const own = ownArgs(args);
  const flag = own.find((arg) => steering[tool].includes(arg.split('=')[0] ?? ''));
  if (flag !== undefined) {
    throw new PermanentError(
      'input-invalid',
      `${tool}: ${flag} is set from the inventory, and cannot be given besides`,
    );
  }
  const flags = [`--kubeconfig=${kubeconfig}`];
  if (context !== null) flags.push(`${contextFlag[tool]}=${context}`);
  if (tool === 'kubectl' && !own.some((arg) => arg.startsWith('--request-timeout'))) {
    flags.push(`--request-timeout=${requestTimeout(own, timeoutMs)}s`);
  }
  return [...flags, ...args];
}

/** True for commands whose words and exit code are those of a program in a pod. */
export function speaksForPod(tool: Tool, args: readonly string[]): boolean {
  return tool === 'kubectl' && args.find((arg) => !arg.startsWith('-')) === 'exec';
}
