import { PermanentError } from '../errors.js';
import type { CodecKey } from './keys.js';

/** What Temporal stores: of an argument, a result, a failure, a heartbeat, … */
export interface Payload {
  readonly metadata?: Readonly<Record<string, Uint8Array>> | null;
  readonly data?: Uint8Array | null;
}

/** Turns payloads into what the server stores, and back. */
export interface Codec {
  encode(payloads: readonly Payload[]): Promise<Payload[]>;
  /**
   * Payloads that are not encrypted stay as they are: a history may be older than the keys.
   * @throws PermanentError `keys-unavailable`
   */
  decode(payloads: readonly Payload[]): Promise<Payload[]>;
}

const encoding = 'binary/encrypted';
const cipher = 'runbook/aes-256-gcm/1';
const nonceBytes = 12;
const encoder = new TextEncoder();
const decoder = new TextDecoder();

type Secret = Awaited<ReturnType<typeof crypto.subtle.importKey>>;

/** A payload as bytes: length of the metadata's JSON in four bytes, that JSON, the data. */
function pack({ metadata, data }: Payload): Uint8Array {
  const fields = Object.entries(metadata ?? {}).map(([name, value]) => [name, [...value]]);
  const head = encoder.encode(JSON.stringify(Object.fromEntries(fields)));
  const bytes = new Uint8Array(4 + head.length + (data?.length ?? 0));
  new DataView(bytes.buffer).setUint32(0, head.length);
  bytes.set(head, 4);
  bytes.set(data ?? [], 4 + head.length);
  return bytes;
}

function unpack(bytes: Uint8Array): Payload {
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0);
  const head = JSON.parse(decoder.decode(bytes.subarray(4, 4 + length))) as Record<
    string,
    number[]
  >;
  const metadata = Object.entries(head).map(([name, value]) => [name, Uint8Array.from(value)]);
  return {
    metadata: Object.fromEntries(metadata) as Record<string, Uint8Array>,
    data: bytes.slice(4 + length),
  };
}

function text(payload: Payload, name: string): string {
  return decoder.decode(payload.metadata?.[name] ?? new Uint8Array());
}

function joined(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/**
 * AES-256-GCM over whole payloads, with a new nonce for each. The id of the key stands in the clear beside
 * it, and is authenticated with it. Without keys nothing is encrypted, and nothing encrypted can be read.
 */
export function createCodec(ring: readonly CodecKey[]): Codec {
  const [first] = ring;
  const secrets = new Map<string, Promise<Secret>>();
  const secretOf = (key: CodecKey): Promise<Secret> => {
    const known =
      secrets.get(key.id) ??
      crypto.subtle.importKey('raw', joined(key.bytes), 'AES-GCM', false, ['encrypt', 'decrypt']);
    secrets.set(key.id, known);
    return known;
  };
  const options = (id: string, iv: Uint8Array<ArrayBuffer>) => ({
    name: 'AES-GCM',
    iv,
    additionalData: joined(encoder.encode(`${cipher}\0${id}`)),
  });

  const seal = async (payload: Payload, key: CodecKey): Promise<Payload> => {
    const nonce = crypto.getRandomValues(new Uint8Array(nonceBytes));
    const plain = joined(pack(payload));
    const sealed = await crypto.subtle.encrypt(options(key.id, nonce), await secretOf(key), plain);
    return {
      metadata: {
        encoding: encoder.encode(encoding),
        'encryption-cipher': encoder.encode(cipher),
        'encryption-key-id': encoder.encode(key.id),
      },
      data: joined(nonce, new Uint8Array(sealed)),
    };
  };

  const open = async (payload: Payload): Promise<Payload> => {
    if (text(payload, 'encoding') !== encoding) return payload;
    const id = text(payload, 'encryption-key-id');
    const key = ring.find((one) => one.id === id);
    if (key === undefined) {
      const has =
        ring.length === 0
          ? 'there are none here'
          : `here are: ${ring.map((one) => one.id).join(', ')}`;
      throw new PermanentError(
        'keys-unavailable',
        `what the server stores is encrypted with the key '${id}', and ${has}`,
        { hint: 'add it to the keys: RUNBOOK_CODEC_KEYS, or codec.keys of runbook.yaml' },
      );
    }
    const data = payload.data ?? new Uint8Array();
    try {
      const nonce = joined(data.subarray(0, nonceBytes));
      const sealed = joined(data.subarray(nonceBytes));
      const plain = await crypto.subtle.decrypt(options(id, nonce), await secretOf(key), sealed);
      return unpack(new Uint8Array(plain));
    } catch (cause) {
      throw new PermanentError(
        'keys-unavailable',
        `the key '${id}' does not open what the server stores: it is another key of that name, or the data was changed`,
        { hint: 'never give two keys one name', cause },
      );
    }
  };

  return {
    encode: async (payloads) =>
      first === undefined
        ? [...payloads]
        : Promise.all(payloads.map((payload) => seal(payload, first))),
    decode: (payloads) => Promise.all(payloads.map(open)),
  };
}
