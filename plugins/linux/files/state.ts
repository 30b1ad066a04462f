import { createHash } from 'node:crypto';
import { excerpt, jsonBytes } from '../../../core/excerpt.js';

/** What was found at a path: what undo needs, without names of users, which may mean others later. */
export type FileState =
  | { readonly kind: 'absent'; readonly missing: string | null }
  | {
      readonly kind: 'file';
      readonly mode: string;
      readonly uid: number;
      readonly gid: number;
      readonly sha256: string;
      /** The content itself, where it is small, text and public; else a copy is kept on the target. */
      readonly content?: string;
    }
  | {
      readonly kind: 'directory';
      readonly mode: string;
      readonly uid: number;
      readonly gid: number;
    }
  | { readonly kind: 'link'; readonly to: string }
  | { readonly kind: 'other'; readonly type: string };

/** A path as it was seen, with what helps to tell people about it. */
export interface Seen {
  /** The path itself, or where its symbolic links lead. */
  readonly path: string;
  readonly state: FileState;
  /** Content as text; null where there is none, where it is not UTF-8, or larger than was asked for. */
  readonly text: string | null;
  /** Names of owner and group; null where nothing was found. */
  readonly owner: string | null;
  readonly group: string | null;
  /** For a directory: whether it holds nothing. */
  readonly empty: boolean;
}

/** Bytes of JSON that content may take within `before`. */
const inlineBytes = 512;

const typeNames: Readonly<Record<number, string>> = {
  0o010000: 'named pipe',
  0o020000: 'character device',
  0o040000: 'directory',
  0o060000: 'block device',
  0o100000: 'file',
  0o140000: 'socket',
};

function decode(base64: string | undefined): string {
  return Buffer.from(base64 ?? '', 'base64').toString('utf8');
}

/** Text of bytes that are UTF-8; null for others, so that nothing is lost unnoticed. */
function asText(bytes: Buffer): string | null {
  const text = bytes.toString('utf8');
  return Buffer.from(text, 'utf8').equals(bytes) ? text : null;
}

/** True where everybody on the machine may read: only such content may enter the history. */
export function isPublic(mode: string): boolean {
  return (Number.parseInt(mode, 8) & 0o004) !== 0;
}

/**
 * Reads what the script of `look.ts` printed about the path that was asked for.
 * @throws TypeError when it is not of that form.
 */
export function parseLook(stdout: string, asked: string, sensitive: boolean): Seen {
  const [pathLine, stateLine = '', third = ''] = stdout.split('\n');
  const path = decode(pathLine) || asked;
  const nothing = { path, text: null, owner: null, group: null, empty: false };
  const [word = '', ...facts] = stateLine.split(' ');
  if (word === 'absent') {
    return { ...nothing, state: { kind: 'absent', missing: decode(facts[0]) || null } };
  }
  if (word === 'link') {
    return { ...nothing, state: { kind: 'link', to: excerpt(decode(facts[0]), 640, jsonBytes) } };
  }
  const [rawMode = '', uidText = '', gidText = '', owner = '', group = ''] = facts;
  const raw = Number.parseInt(rawMode, 16);
  if (word !== 'is' || Number.isNaN(raw)) {
    throw new TypeError(`not the description of a file: '${stateLine}'`);
  }
  const mode = (raw & 0o7777).toString(8).padStart(4, '0');
  const [uid, gid] = [Number(uidText), Number(gidText)];
  const named = { ...nothing, owner, group };
  const type = typeNames[raw & 0o170000] ?? 'unknown';
  if (type === 'directory') {
    return { ...named, empty: third === 'empty', state: { kind: 'directory', mode, uid, gid } };
  }
  if (type !== 'file') return { ...named, state: { kind: 'other', type } };
  const content = /^content (\S*)$/.exec(third)?.[1];
  const bytes = content === undefined ? null : Buffer.from(content, 'base64');
  const sha256 =
    bytes === null ? third.slice(0, 64) : createHash('sha256').update(bytes).digest('hex');
  if (!/^[0-9a-f]{64}$/.test(sha256)) throw new TypeError(`not the content of a file: '${third}'`);
  const text = bytes === null ? null : asText(bytes);
  const inline =
    text !== null && !sensitive && isPublic(mode) && jsonBytes(text) <= inlineBytes
      ? { content: text }
      : {};
  return { ...named, text, state: { kind: 'file', mode, uid, gid, sha256, ...inline } };
}
