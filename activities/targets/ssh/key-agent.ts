import { createPrivateKey, sign, type KeyObject } from 'node:crypto';
import ssh2, { type IdentityCallback, type ParsedKey, type SignCallback } from 'ssh2';
import { messageOf } from '../../thrown.js';

// Node does not see all names of this CommonJS module from outside.
const { BaseAgent, utils } = ssh2;

/** The digest of a key's signatures, where its type alone tells it (RFC 5656, 6.2.1). */
const digests: Readonly<Record<string, string>> = {
  'ecdsa-sha2-nistp256': 'sha256',
  'ecdsa-sha2-nistp384': 'sha384',
  'ecdsa-sha2-nistp521': 'sha512',
};

/**
 * A private key that is read once for many logins: ssh2 by itself reads it twice for each, which with OpenSSL 3 takes
 * longer than the signature.
 */
export class KeyAgent extends BaseAgent<ParsedKey> {
  readonly #parsed: ParsedKey;
  readonly #key: KeyObject;

  private constructor(parsed: ParsedKey, key: KeyObject) {
    super();
    this.#parsed = parsed;
    this.#key = key;
  }

  /** The key of a file's text. @throws Error that begins with `Cannot parse privateKey` */
  static of(text: string): KeyAgent {
    const read: ParsedKey | ParsedKey[] | Error = utils.parseKey(text);
    const parsed = Array.isArray(read) ? read[0] : read;
    if (parsed === undefined || parsed instanceof Error)
      throw new Error(`Cannot parse privateKey: ${parsed?.message ?? 'there is none'}`);
    try {
      return new KeyAgent(parsed, createPrivateKey(parsed.getPrivatePEM()));
    } catch (cause) {
      throw new Error(`Cannot parse privateKey: ${messageOf(cause)}`, { cause });
    }
  }

  override getIdentities(done: IdentityCallback<ParsedKey>): void {
    done(undefined, [this.#parsed]);
  }

  override sign(
    _key: ParsedKey,
    data: Buffer,
    options: { readonly hash?: string } | SignCallback,
    done?: SignCallback,
  ): void {
    const hash = typeof options === 'function' ? undefined : options.hash;
    const tell = typeof options === 'function' ? options : done;
    const { type } = this.#parsed;
    // Ed25519 hashes by itself; RSA as server and client agreed (RFC 8332), as ssh2 tells.
    const digest = type === 'ssh-ed25519' ? null : (digests[type] ?? hash ?? 'sha1');
    sign(digest, data, this.#key, (error, signature) => tell?.(error ?? undefined, signature));
  }
}
