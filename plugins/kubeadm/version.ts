import { PermanentError } from '../../core/errors.js';
import type { Target } from '../../core/target.js';
import { oldestMinor } from './config.js';

interface Versions {
  readonly clientVersion?: { readonly gitVersion?: string; readonly minor?: string };
}

/**
 * Version of a machine's kubeadm, such as `v1.33.2`.
 * @throws PermanentError `refused` where it is too old for the configuration that is written for it.
 */
export async function kubeadmVersion(host: Target): Promise<string> {
  const { clientVersion } = await host.json<Versions>('kubeadm', ['version', '--output=json']);
  const { gitVersion = '', minor = '' } = clientVersion ?? {};
  if (Number.parseInt(minor, 10) >= oldestMinor) return gitVersion;
  throw new PermanentError(
    'refused',
    `${host.name}: kubeadm ${gitVersion} does not know the configuration kubeadm.k8s.io/v1beta4`,
    { hint: `Install kubeadm 1.${oldestMinor} or later.` },
  );
}
