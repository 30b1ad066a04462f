import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

/** A key of a known_hosts file that belongs to a host. */
export interface KnownKey {
  /** File and line, as `known_hosts:12`. */
  readonly place: string;
  readonly marker: 'revoked' | 'cert-authority' | null;
  /** As in the file: `ssh-ed25519`, `ssh-rsa`, … */
  readonly type: string;
  /** The public key as ssh sends it. */
  readonly key: Buffer;
}

/** `SHA256:…` of a public key, as ssh-keygen -l shows it. */
export function fingerprint(key: Buffer): string {
  return `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`;
}

/** The type that a public key names itself; empty where it is none. */
export function keyType(key: Buffer): string {
  if (key.length < 4) return '';
  return key.toString('latin1', 4, 4 + Math.min(key.readUInt32BE(0), 64, key.length - 4));
}

/** How OpenSSH writes a host in known_hosts: with its port where that is not 22. */
export function hostName(address: string, port: number): string {
  const name = address.toLowerCase();
  return port === 22 ? name : `[${name}]:${port}`;
}

/** `|1|salt|hash`: HMAC-SHA1 of the name. */
function hashedMatches(pattern: string, name: string): boolean {
  const [, version, salt, hash] = pattern.split('|');
  if (version !== '1' || salt === undefined || hash === undefined) return false;
  const expected = Buffer.from(hash, 'base64');
  const actual = createHmac('sha1', Buffer.from(salt, 'base64')).update(name).digest();
  return expected.length === actual.length && timingSafeEqual(expected, actual);
}

/** `*` and `?` only. Without a regular expression: patterns of a file must not be able to make it slow. */
function globMatches(pattern: string, name: string): boolean {
  let p = 0;
  let n = 0;
  let star = -1;
  let mark = 0;
  while (n < name.length) {
    if (
      p < pattern.length &&
      pattern[p] !== '*' &&
      (pattern[p] === '?' || pattern[p] === name[n])
    ) {
      p++;
      n++;
    } else if (pattern[p] === '*') {
      star = p++;
      mark = n;
    } else if (star !== -1) {
      p = star + 1;
      n = ++mark;
    } else {
      return false;
    }
  }
  while (pattern[p] === '*') p++;
  return p === pattern.length;
}

/** A list of patterns; one that begins with `!` and matches excludes the host. */
function listMatches(list: string, name: string): boolean {
  if (list.startsWith('|')) return hashedMatches(list, name);
  let found = false;
  for (const raw of list.toLowerCase().split(',')) {
    const not = raw.startsWith('!');
    if (!globMatches(not ? raw.slice(1) : raw, name)) continue;
    if (not) return false;
    found = true;
  }
  return found;
}

const markers = new Map([
  ['@revoked', 'revoked'],
  ['@cert-authority', 'cert-authority'],
] as const);

/**
 * The keys of a host in the text of a known_hosts file (sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT").
 * Lines that cannot be read are passed over: they can only make a host less known.
 */
export function knownKeys(text: string, file: string, address: string, port: number): KnownKey[] {
  const name = hostName(address, port);
  const keys: KnownKey[] = [];
  text.split(/\r?\n/).forEach((line, at) => {
    const words = line.trim().split(/[ \t]+/);
    if (words[0] === '' || words[0]?.startsWith('#')) return;
    const marker = words[0]?.startsWith('@') ? words.shift() : undefined;
    const [list, type, encoded] = words;
    if (list === undefined || type === undefined || encoded === undefined) return;
    const known = marker === undefined ? null : markers.get(marker as '@revoked');
    if (known === undefined || !listMatches(list, name)) return;
    const key = Buffer.from(encoded, 'base64');
    if (keyType(key) !== type) return;
    keys.push({ place: `${file}:${at + 1}`, marker: known, type, key });
  });
  return keys;
}
