import { isAtWork, tell } from './fleet.js';
import type { ItemOrder } from './items.js';
import type { Run } from './run.js';

/** Says something to the runs of all items that are at work. Synchronous where there are none. */
export function tellItems(
  run: Run,
  order: ItemOrder['order'],
  { by, reason }: { readonly by: string; readonly reason: string },
): void | Promise<void> {
  const busy = run.record.steps.filter(isAtWork);
  if (busy.length === 0) return undefined;
  const said = busy.map(({ path }) => tell(run, path, order, reason, by));
  return (async () => void (await Promise.all(said)))();
}

/** Items that are at work hold before their next step, until the run goes on. */
export async function holdItems(run: Run, reason: string): Promise<void> {
  for (const { path } of run.record.steps.filter(isAtWork)) run.heldItems.add(path);
  await tellItems(run, 'pause', { by: run.record.startedBy, reason });
}

/** Ends the items that are still at work; what `finally` says comes after them. */
export async function endItems(run: Run): Promise<void> {
  const busy = run.record.steps.filter(isAtWork);
  await tellItems(run, 'cancel', { by: run.record.startedBy, reason: 'the run around it ends' });
  await run.engine.until(() => busy.every(({ path }) => run.step(path).outcome !== null));
}

/** Tells the items that stayed open that nothing more will be asked of them. Synchronous where there are none. */
export function dismissItems(run: Run): void | Promise<void> {
  const items = run.record.steps.filter(
    ({ kind, applied, restored }) => kind === 'item' && applied && !restored,
  );
  if (items.length === 0) return undefined;
  const said = items.map(({ path }) => tell(run, path, 'finish', 'the run has ended'));
  return (async () => void (await Promise.all(said)))();
}
