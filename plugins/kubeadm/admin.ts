import { RunbookError } from '../../core/errors.js';
import type { Target } from '../../core/target.js';
import { failureOf, refusalOf } from '../kube/api/failure.js';

/** The administrator's credentials, as kubeadm leaves them on a control-plane node. */
export const adminConf = '/etc/kubernetes/admin.conf';

interface AdminOptions {
  /** Another address of the API server than that of the file. */
  readonly server?: string;
  readonly input?: string;
  /** Keeps the output out of the run's log. */
  readonly quiet?: boolean;
  readonly secrets?: readonly string[];
}

/**
 * Runs kubectl on a control-plane node as its administrator; answers its standard output.
 * @throws RunbookError and PermanentError as kubectl fails there.
 */
export async function admin(
  host: Target,
  args: readonly string[],
  options: AdminOptions = {},
): Promise<string> {
  const server = options.server === undefined ? [] : [`--server=https://${options.server}`];
  const fixed = [`--kubeconfig=${adminConf}`, '--request-timeout=10s', ...server];
  const result = await host.run('kubectl', [...fixed, ...args], {
    sudo: true,
    exits: 'any',
    ...(options.input === undefined ? {} : { input: options.input }),
    ...(options.quiet === true ? { log: 'quiet' as const } : {}),
    ...(options.secrets === undefined ? {} : { secrets: options.secrets }),
  });
  if (result.exitCode === 0) return result.stdout;
  const doing = `kubectl ${args.filter((arg) => !arg.startsWith('-')).join(' ')}`;
  throw failureOf(host.name, doing, refusalOf(result.stderr));
}

/** One object as kubectl prints it, or null where there is none. */
export async function adminGet<T>(
  host: Target,
  args: readonly string[],
  options: AdminOptions = {},
): Promise<T | null> {
  const stdout = await admin(
    host,
    ['get', ...args, '--ignore-not-found', '--output=json'],
    options,
  );
  if (stdout.trim() === '') return null;
  try {
    return JSON.parse(stdout) as T;
  } catch (cause) {
    throw new RunbookError('action-failed', `${host.name}: kubectl get did not print JSON`, {
      cause,
    });
  }
}

interface ConfigView {
  readonly clusters?: readonly { readonly cluster?: { readonly server?: string } }[];
}

/** Host and port of the cluster's API, as its administrator reaches it. */
export async function endpointOf(controlPlane: Target): Promise<string> {
  const args = ['config', 'view', `--kubeconfig=${adminConf}`, '--output=json'];
  const view = await controlPlane.json<ConfigView>('kubectl', args, { sudo: true });
  const server = view.clusters?.[0]?.cluster?.server ?? '';
  if (server.startsWith('https://')) return server.slice('https://'.length);
  throw new RunbookError('action-failed', `${controlPlane.name}: ${adminConf} names no API server`);
}
