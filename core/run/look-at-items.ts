import { claims, keysOf } from './claims.js';
import { tell } from './fleet.js';
import type { Run } from './run.js';

/** An item whose steps are through, and stand. */
interface Standing {
  readonly path: string;
  /** Keys of what later steps have a say in. */
  readonly superseded: readonly string[];
}

/** Items that claim something which no later step has superseded, the newest first. */
function standing(run: Run): Standing[] {
  const later = new Set<string>();
  const found: Standing[] = [];
  for (const step of run.record.steps.toReversed()) {
    const keys = keysOf(step);
    const through = step.outcome !== null && claims.has(step.outcome) && step.phase === null;
    if (step.kind === 'item' && step.applied && !step.restored && through) {
      const superseded = keys.filter((key) => later.has(key) || run.superseded.has(key));
      if (superseded.length < keys.length) found.push({ path: step.path, superseded });
    }
    for (const key of keys) later.add(key);
  }
  return found;
}

/**
 * Has the items of fleets that are through look again at what they have done. What is no longer so parks in the run
 * of its item, and is decided upon there. Synchronous where there are none.
 */
export function lookAtItems(run: Run): void | Promise<void> {
  if (!run.record.steps.some(({ kind }) => kind === 'item')) return undefined;
  const items = standing(run);
  return items.length === 0 ? undefined : lookAt(run, items);
}

async function lookAt(run: Run, items: readonly Standing[]): Promise<void> {
  const answers = items.map(async ({ path, superseded }) => {
    run.emit({ type: 'item-look', path });
    const more = superseded.length === 0 ? {} : { superseded };
    const there = await tell(run, path, 'look', 'look again', run.record.startedBy, more);
    if (!there) run.emit({ type: 'step-halted', path });
  });
  await Promise.all(answers);
  const rows = (): ReturnType<Run['step']>[] => items.map(({ path }) => run.step(path));
  await run.engine.until(() => rows().every(({ phase }) => phase !== 'checking'));
  const well = (): boolean =>
    rows().every(({ phase, outcome }) => phase === null && outcome !== null);
  if (well()) return;
  // Until it is mended or accepted nothing else begins.
  run.regressed = true;
  await run.engine.until(well);
}
