import type { ActionContext } from '../../../core/action.js';
import { PermanentError } from '../../../core/errors.js';
import { paths, type FileFound } from './layout.js';
import type { Router } from './router.js';
import { see, type Before, type Seen } from './state.js';
import { runningSum } from './text.js';
import { confAttributes, mustBeDone } from './wanted.js';

function same(found: FileFound | null, was: FileFound): boolean {
  return found?.sha256 === was.sha256 && found.mode === was.mode && found.owner === was.owner;
}

async function restoreFile(
  router: Router,
  path: string,
  found: FileFound | null,
  was: FileFound | null,
): Promise<void> {
  if (was === null) await router.remove(path);
  else if (!same(found, was)) await router.putKept(path, was);
}

/** Stops daemons that apply started; the others go on undisturbed. */
async function stopStarted(router: Router, before: Before, seen: Seen): Promise<Seen> {
  const started = seen.active.filter((daemon) => !before.active.includes(daemon));
  if (before.running === null || started.length === 0) return seen;
  // The script that stops disabled daemons reloads frr.conf as well: it must hold what is to run.
  const { mode, owner } = confAttributes;
  await router.put(paths.conf, await router.recall(before.running), mode, owner);
  await router.service('reload');
  return see(router);
}

/** @throws PermanentError `undo-failed` where FRR does not run, as it did. */
async function restoreRunning(
  ctx: ActionContext,
  router: Router,
  before: Before,
  found: Seen,
  secrets: readonly string[],
): Promise<void> {
  if (before.running === null) return;
  if (found.running === null) {
    throw new PermanentError('undo-failed', `${ctx.target.name}: FRR does not run`, {
      hint: 'Start FRR, then undo again.',
    });
  }
  const { running, layout } = await stopStarted(router, before, found);
  const isBack = running !== null && runningSum(running) === before.running;
  if (isBack || layout.reload === null) return;
  const { left, said } = await router.reloadKept(layout.reload, before.running);
  mustBeDone(ctx.target, left, said, secrets);
}

/** Puts back what was found, as far as it is not so; safe to be repeated after any crash. */
export async function restore(
  ctx: ActionContext,
  router: Router,
  before: Before,
  secrets: readonly string[],
): Promise<void> {
  const found = await see(router);
  if (before.running === null && found.running !== null) await router.service('stop');
  await restoreFile(router, paths.daemons, found.layout.daemons, before.daemons);
  await restoreRunning(ctx, router, before, found, secrets);
  const { conf } = await router.look();
  await restoreFile(router, paths.conf, conf, before.conf);
}
