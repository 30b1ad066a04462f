import { PermanentError } from '../errors.js';

/** A key of AES-256 by its name. */
export interface CodecKey {
  /** Stands beside everything that it has encrypted. */
  readonly id: string;
  readonly bytes: Uint8Array;
}

const keyBytes = 32;
const shape = /^([A-Za-z0-9._-]{1,64}):([A-Za-z0-9+/]{43}=)$/;

function invalid(where: string, why: string): PermanentError {
  return new PermanentError('keys-unavailable', `${where}: ${why}`, {
    hint: 'one key a line, as `runbook codec key` prints it: id:base64; the first one encrypts',
  });
}

/**
 * A ring of keys: one a line (or with commas between them), `id:base64` of 32 bytes; lines that begin with
 * `#` are comments. The first key encrypts, all of them decrypt. `where` it was read is for messages, which
 * show nothing of a key.
 * @throws PermanentError `keys-unavailable`
 */
export function parseKeys(text: string, where: string): CodecKey[] {
  const words = text
    .split(/[\n,]/)
    .map((word) => word.trim())
    .filter((word) => word !== '' && !word.startsWith('#'));
  if (words.length === 0) throw invalid(where, 'there is no key');
  const keys = words.map((word, at) => {
    const [, id = '', base64 = ''] = shape.exec(word) ?? [];
    if (id === '') throw invalid(where, `key ${at + 1} is not id:base64 of ${keyBytes} bytes`);
    return { id, bytes: Uint8Array.from(atob(base64), (char) => char.charCodeAt(0)) };
  });
  const twice = keys.find(({ id }, at) => keys.findIndex((key) => key.id === id) !== at);
  if (twice !== undefined) throw invalid(where, `two keys are called ${twice.id}`);
  return keys;
}

/** A new key as a line of a ring. */
export function newKey(id: string): string {
  const bytes = crypto.getRandomValues(new Uint8Array(keyBytes));
  return `${id}:${btoa(String.fromCharCode(...bytes))}`;
}
