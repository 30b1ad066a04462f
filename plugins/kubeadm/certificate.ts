import { createHash, X509Certificate } from 'node:crypto';
import { PermanentError } from '../../core/errors.js';

/**
 * The hash by which kubeadm pins a CA: `sha256:` of its public key.
 * @throws PermanentError `action-failed` when the text is no certificate.
 */
export function caCertHash(pem: string, where: string): string {
  try {
    const key = new X509Certificate(pem).publicKey.export({ type: 'spki', format: 'der' });
    return `sha256:${createHash('sha256').update(key).digest('hex')}`;
  } catch (cause) {
    throw new PermanentError('action-failed', `${where}: its ca.crt is not a certificate`, {
      cause,
    });
  }
}
