import { PermanentError } from '../../../core/errors.js';
import { excerpt, plainText } from '../../../core/excerpt.js';
import { shortDiff } from './diff.js';

import { isPublic, type FileState, type Seen } from './state.js';
import { sha256 } from './store.js';

/** How a path is to be. */
export type Wanted =
  | { readonly kind: 'absent' }
  | ({ readonly kind: 'file'; readonly text: string; readonly sensitive: boolean } & Owned)
  | ({ readonly kind: 'directory' } & Owned);

/** Null: as it is, or the default for what is new. */
export interface Owned {
  readonly mode: string | null;
  readonly owner: string | null;
  readonly group: string | null;
}

const nouns: Readonly<Record<FileState['kind'], string>> = {
  absent: 'nothing',
  file: 'a file',
  directory: 'a directory',
  link: 'a symbolic link',
  other: 'something else',
};

function sameOwner(wanted: string | null, id: number, name: string | null): boolean {
  if (wanted === null) return true;
  return /^\d+$/.test(wanted) ? Number(wanted) === id : wanted === name;
}

function ownership(wanted: Owned, seen: Seen): string[] {
  const { state } = seen;
  if (state.kind !== 'file' && state.kind !== 'directory') return [];
  const differs: string[] = [];
  if (!sameOwner(wanted.owner, state.uid, seen.owner)) {
    differs.push(`owner ${seen.owner ?? state.uid} → ${wanted.owner}`);
  }
  if (!sameOwner(wanted.group, state.gid, seen.group)) {
    differs.push(`group ${seen.group ?? state.gid} → ${wanted.group}`);
  }
  if (wanted.mode !== null && wanted.mode.padStart(4, '0') !== state.mode) {
    differs.push(`mode ${state.mode} → ${wanted.mode.padStart(4, '0')}`);
  }
  return differs;
}

function contentDiffers(wanted: Wanted & { kind: 'file' }, seen: Seen): string | null {
  const { state } = seen;
  if (state.kind !== 'file' || state.sha256 === sha256(wanted.text)) return null;
  const hidden = wanted.sensitive || !isPublic(state.mode) || !isPublic(wanted.mode ?? '0644');
  if (hidden) return 'the content differs (not shown: not everybody may read it)';
  if (seen.text === null) return 'the content differs (not shown: not text, or large)';
  return `the content differs\n${plainText(shortDiff(seen.text, wanted.text))}`;
}

/** What differs between a path as it is seen and as it is wanted, in at most 256 bytes; null: nothing. */
export function differences(wanted: Wanted, seen: Seen): string | null {
  const { state } = seen;
  if (state.kind === wanted.kind) {
    if (wanted.kind === 'absent') return null;
    const content = wanted.kind === 'file' ? contentDiffers(wanted, seen) : null;
    const all = [...ownership(wanted, seen), ...(content === null ? [] : [content])];
    return all.length === 0 ? null : excerpt(`${seen.path}: ${all.join(', ')}`, 256);
  }
  const is = state.kind === 'link' ? `a symbolic link to ${state.to}` : nouns[state.kind];
  const path = excerpt(seen.path, 100);
  return excerpt(`${path}: ${is} is there instead of ${nouns[wanted.kind]}`, 256);
}

/** @throws PermanentError `refused` where what is there must not be replaced by what is wanted. */
export function refuseReplacing(wanted: Wanted, seen: Seen, where: string): void {
  const { state } = seen;
  if (state.kind === 'absent' || state.kind === wanted.kind) return;
  if (wanted.kind === 'absent' && state.kind === 'file') return;
  if (wanted.kind === 'absent' && state.kind === 'directory' && seen.empty) return;
  const is = {
    file: 'a file',
    directory: wanted.kind === 'absent' ? 'a directory that is not empty' : 'a directory',
    link: 'a symbolic link',
    other: state.kind === 'other' ? `a ${state.type}` : '',
  }[state.kind];
  throw new PermanentError('refused', `${where}: ${seen.path} is ${is}: it is not replaced`, {
    hint:
      state.kind === 'link'
        ? 'Name the file itself, or let the step act on where the link leads with follow: true.'
        : 'Move it away by hand, or correct the path.',
  });
}
