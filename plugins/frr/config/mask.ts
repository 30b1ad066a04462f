/** Words of FRR's grammar behind which a secret stands, with what may be between. */
const secretWords =
  /\b(password|key-string|authentication-key|md5|area-password|domain-password)((?: (?:\d|clear|md5|encrypt))?) +\S.*$/gm;

/** Text of a configuration that may be shown: passwords and keys as `***`. */
export function maskSecrets(text: string, secrets: readonly string[] = []): string {
  let masked = text;
  for (const secret of secrets) {
    if (secret !== '') masked = masked.replaceAll(secret, '***');
  }
  return masked.replace(secretWords, '$1$2 ***');
}
