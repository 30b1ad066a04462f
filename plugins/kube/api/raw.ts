import type { Target } from '../../../core/target.js';
import { kubectl, parseJson } from './kubectl.js';

interface Config {
  readonly clusters?: readonly { readonly cluster?: { readonly server?: string } }[] | null;
}

const prefixes = new WeakMap<Target, Promise<string>>();

async function readPrefix(cluster: Target): Promise<string> {
  const args = ['config', 'view', '--minify', '--output=json'];
  const stdout = await kubectl(cluster, args, { quiet: true });
  const { clusters } = parseJson(cluster, 'kubectl config view', stdout) as Config;
  const server = clusters?.[0]?.cluster?.server;
  return server === undefined ? '' : new URL(server).pathname.replace(/\/+$/, '');
}

/**
 * The path for `kubectl … --raw` of a path of the API. Where the server of the kubeconfig is behind a path, as with
 * Rancher (`https://host/k8s/clusters/c-1`), `--raw` leaves that path out (kubectl 1.33: RequestURI), and
 * all other commands do not.
 * @throws RunbookError, PermanentError as {@link kubectl} does.
 */
export async function rawPath(cluster: Target, path: string): Promise<string> {
  const known = prefixes.get(cluster);
  if (known !== undefined) return `${await known}${path}`;
  const reading = readPrefix(cluster);
  prefixes.set(cluster, reading);
  try {
    return `${await reading}${path}`;
  } catch (error) {
    // What could not be read now is read again with the next one.
    prefixes.delete(cluster);
    throw error;
  }
}
