import { PermanentError } from '../../core/errors.js';
import type { Target } from '../../core/target.js';
import { oldestJoinMinor, oldestMinor } from './config.js';

interface Versions {
  readonly clientVersion?: { readonly gitVersion?: string; readonly minor?: string };
}

/** @throws PermanentError `refused` where it is older than the configuration that is written for it. */
async function versionFrom(
  host: Target,
  oldest: number,
  api: string,
): Promise<{ readonly version: string; readonly minor: number }> {
  const { clientVersion } = await host.json<Versions>('kubeadm', ['version', '--output=json']);
  const { gitVersion = '', minor = '' } = clientVersion ?? {};
  const found = Number.parseInt(minor, 10);
  if (found >= oldest) return { version: gitVersion, minor: found };
  throw new PermanentError(
    'refused',
    `${host.name}: kubeadm ${gitVersion} does not know the configuration kubeadm.k8s.io/${api}`,
    { hint: `Install kubeadm 1.${oldest} or later.` },
  );
}

/**
 * Version of a machine's kubeadm that is to make a cluster, such as `v1.33.2`.
 * @throws PermanentError `refused` where it is too old for the configuration that is written for it.
 */
export async function kubeadmVersion(host: Target): Promise<string> {
  return (await versionFrom(host, oldestMinor, 'v1beta4')).version;
}

/**
 * Second number of the version of a machine's kubeadm that is to join.
 * @throws PermanentError `refused` where it is too old for every configuration that is written for it.
 */
export async function joiningMinor(host: Target): Promise<number> {
  return (await versionFrom(host, oldestJoinMinor, 'v1beta3')).minor;
}
