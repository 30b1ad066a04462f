import type { ActionContext } from '../../../core/action.js';
import { PermanentError } from '../../../core/errors.js';
import { sameJson, type Json } from '../../../core/json.js';
import { look, type LookOptions } from './look.js';
import { placing, type Attributes } from './place.js';
import type { FileState } from './state.js';
import { sha256 } from './store.js';
import { differences, refuseReplacing, type Owned, type Wanted } from './wanted.js';

/** How to reach a path, and whether missing folders above it are made. */
export interface BringOptions extends LookOptions {
  readonly parents?: boolean;
}

function attributesFor(
  wanted: Owned,
  state: FileState,
  mode: string,
  parents: boolean,
): Attributes {
  const found = state.kind === 'file' || state.kind === 'directory' ? state : null;
  const owner = wanted.owner ?? (found === null ? '' : String(found.uid));
  const group = wanted.group ?? (found === null ? '' : String(found.gid));
  return {
    mode: wanted.mode ?? found?.mode ?? mode,
    owner: group === '' ? owner : `${owner}:${group}`,
    parents,
  };
}

/**
 * Brings a path to the wanted state; safe to be repeated after any crash. Content that does not fit
 * into `before` is kept on the target first.
 */
export async function bring(
  ctx: ActionContext,
  path: string,
  wanted: Wanted,
  before: FileState,
  options: BringOptions = {},
): Promise<void> {
  const seen = await look(ctx.target, path, options);
  if (differences(wanted, seen) === null) return;
  refuseReplacing(wanted, seen, ctx.target.name);
  const { parents = false, sudo = false } = options;
  const place = placing(ctx.target, ctx.run.id, sudo);
  const { state } = seen;
  const replaced =
    state.kind === 'file' && !(wanted.kind === 'file' && state.sha256 === sha256(wanted.text));
  // Also where only mode or owner change: a later step of the run may replace the content, and is
  // undone with this one.
  if (before.kind === 'file' && before.content === undefined) {
    await place.keep(seen.path, before.sha256);
  }
  switch (wanted.kind) {
    case 'absent':
      await place.remove(seen.path, state.kind === 'directory' ? 'directory' : 'file', null);
      return;
    case 'directory':
      await place.folder(seen.path, attributesFor(wanted, state, '0755', parents));
      return;
    case 'file': {
      const fresh = wanted.sensitive ? '0600' : '0644';
      const attributes = attributesFor(wanted, state, fresh, parents);
      if (state.kind === 'file' && !replaced) await place.attributes(seen.path, attributes);
      else await place.put(seen.path, wanted.text, attributes);
    }
  }
}

/** A state without what depends on how it was looked at. */
function stored(state: FileState): Json {
  if (state.kind !== 'file') return state;
  const { content: _content, ...rest } = state;
  return rest;
}

/** Puts a path back to the state found at first; safe to be repeated after any crash. */
export async function putBack(
  ctx: ActionContext,
  path: string,
  before: FileState,
  options: BringOptions = {},
): Promise<void> {
  const { state, path: actual } = await look(ctx.target, path, options);
  const place = placing(ctx.target, ctx.run.id, options.sudo ?? false);
  if (sameJson(stored(state), stored(before))) return place.tidy(actual);
  switch (before.kind) {
    case 'absent':
      await place.remove(actual, state.kind === 'directory' ? 'directory' : 'file', before.missing);
      return;
    case 'file': {
      const attributes = {
        mode: before.mode,
        owner: `${before.uid}:${before.gid}`,
        parents: false,
      };
      if (state.kind === 'file' && state.sha256 === before.sha256) {
        await place.attributes(actual, attributes);
      } else if (before.content === undefined) {
        await place.putKept(actual, before.sha256, attributes);
      } else {
        await place.put(actual, before.content, attributes);
      }
      return;
    }
    case 'directory':
      await place.folder(actual, {
        mode: before.mode,
        owner: `${before.uid}:${before.gid}`,
        parents: false,
      });
      return;
    case 'link':
    case 'other':
      // Apply refuses to touch these, so that somebody else has.
      throw new PermanentError('undo-failed', `${ctx.target.name}: ${actual} was replaced`, {
        hint: 'Put it back by hand, then confirm.',
      });
  }
}
