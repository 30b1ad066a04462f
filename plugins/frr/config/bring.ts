import type { ActionContext } from '../../../core/action.js';
import { PermanentError, RunbookError } from '../../../core/errors.js';
import { excerpt } from '../../../core/excerpt.js';
import type { Peer } from '../bgp/peers.js';
import { concerned, groupsOf, isEmpty, type Changes } from './changes.js';
import { enable } from './daemons.js';
import { paths } from './layout.js';
import type { Router } from './router.js';
import { see, type Before, type Seen } from './state.js';
import { candidateOf, runningSum } from './text.js';
import { compare, confAttributes, fileDiffers, mustBeDone, type Wanted } from './wanted.js';

/** What a reload did besides what was asked for. */
export interface Effects {
  /** Neighbours whose session the reload took down. */
  readonly dropped: readonly string[];
  /** What FRR said: "reset all peers to take effect" among it. */
  readonly notices: string;
}

/** Keeps what was found, on the router, before the first change. */
async function keep(ctx: ActionContext, router: Router, before: Before): Promise<void> {
  for (const name of ['conf', 'daemons'] as const) {
    const file = before[name];
    if (file !== null) await router.keepFile(paths[name], file.sha256);
  }
  const { running } = before;
  if (running === null || runningSum(await router.keepRunning(running)) === running) return;
  await router.forget(running);
  throw new PermanentError(
    'plan-changed',
    `${ctx.target.name}: the running configuration was changed since it was checked`,
    { hint: 'Retry the step: it looks again.' },
  );
}

/** Waits until daemons answer. */
async function waitFor(
  ctx: ActionContext,
  router: Router,
  wanted: readonly string[],
): Promise<void> {
  for (let attempt = 0; attempt < 60; attempt += 1) {
    const active = await router.daemons();
    if (active.length > 0 && wanted.every((daemon) => active.includes(daemon))) return;
    await ctx.sleep('300ms');
  }
  throw new RunbookError(
    'action-failed',
    `${ctx.target.name}: ${wanted.join(', ')} did not start`,
    {
      hint: 'journalctl -u frr on the router tells why.',
    },
  );
}

/**
 * Starts what does not run. FRR that runs is never restarted, which would take every route out of the
 * kernel for seconds: its own script only puts a new watchfrr beside the daemons, and starts the
 * missing ones. That script reloads frr.conf as well, so it must hold by then what is going to run.
 */
async function startDaemons(
  ctx: ActionContext,
  router: Router,
  wanted: Wanted,
  seen: Seen,
): Promise<Seen> {
  const { mode, owner } = confAttributes;
  const enabled = enable(seen.layout.daemonsText, wanted.daemons);
  if (enabled !== seen.layout.daemonsText) {
    const found = seen.layout.daemons ?? { mode, owner };
    await router.put(paths.daemons, enabled, found.mode, found.owner);
  }
  const missing = wanted.daemons.filter((daemon) => !seen.active.includes(daemon));
  if (seen.running !== null && missing.length === 0) return seen;
  const text =
    seen.running === null ? wanted.content : candidateOf(wanted.content, seen.running).text;
  await router.put(paths.conf, text, mode, owner);
  await router.service(seen.running === null ? 'start' : 'reload');
  await waitFor(ctx, router, wanted.daemons);
  return see(router);
}

function droppedSince(
  before: ReadonlyMap<string, Peer>,
  after: ReadonlyMap<string, Peer>,
): string[] {
  return [...before.values()]
    .filter(({ address, dropped }) => (after.get(address)?.dropped ?? dropped) > dropped)
    .map(({ address }) => address);
}

/** @throws PermanentError `action-failed` where a session went down that the change does not concern. */
function mustBeConcerned(
  ctx: ActionContext,
  changes: Changes,
  running: string,
  dropped: readonly string[],
): void {
  const names = concerned(changes);
  if (names === 'all') return;
  const groups = groupsOf(running);
  const others = dropped.filter(
    (address) => !names.has(address) && !names.has(groups.get(address) ?? ''),
  );
  if (others.length === 0) return;
  throw new PermanentError(
    'action-failed',
    `${ctx.target.name}: sessions went down with the reload that it does not concern: ${others.join(', ')}`,
    {
      hint: 'The configuration is in place. Look into the log of FRR before you go on; skip the step to accept it.',
    },
  );
}

async function reload(
  ctx: ActionContext,
  router: Router,
  wanted: Wanted,
  seen: Seen,
  changes: Changes,
): Promise<Effects> {
  const { reload: script } = seen.layout;
  if (isEmpty(changes) || seen.running === null || script === null) {
    return { dropped: [], notices: '' };
  }
  const watched = seen.active.includes('bgpd');
  const sessions = watched ? await router.sessions() : new Map<string, Peer>();
  const text = candidateOf(wanted.content, seen.running).text;
  const { left, said } = await router.reload(script, text);
  const dropped = watched ? droppedSince(sessions, await router.sessions()) : [];
  mustBeDone(ctx.target, left, said, wanted.secrets);
  mustBeConcerned(ctx, changes, seen.running, dropped);
  return { dropped, notices: excerpt(said, 200) };
}

/** Makes a router run and start with the wanted configuration; safe to be repeated after any crash. */
export async function bring(
  ctx: ActionContext,
  router: Router,
  wanted: Wanted,
  before: Before,
): Promise<Effects> {
  const found = await see(router);
  // Refuses what cannot be brought about before anything is touched.
  const differences = await compare(ctx.target, router, wanted, found);
  await keep(ctx, router, before);
  const seen = await startDaemons(ctx, router, wanted, found);
  const { changes } =
    seen === found ? differences : await compare(ctx.target, router, wanted, seen);
  const effects = await reload(ctx, router, wanted, seen, changes);
  const { mode, owner } = confAttributes;
  const { conf } = await router.look();
  if (fileDiffers(conf, wanted.content)) await router.put(paths.conf, wanted.content, mode, owner);
  return effects;
}
