import type { LocalBeginning } from '../../core/local.js';
import type { Plan } from '../../core/record.js';
import { makePlan } from '../../core/run/plan.js';
import { surroundings } from '../../core/run/request.js';
import { Drive } from './drive.js';
import { LocalEngine, type World } from './engine.js';
import { firstLocalRecord } from './first.js';
import { Kernel } from './kernel.js';
import type { Resolution } from './entry.js';

/** What a run would do, by checks alone: takes no lease, changes nothing, and keeps no journal. */
export async function planLocally(
  run: string,
  begin: LocalBeginning,
  resolved: Resolution,
  world: World,
  now: () => string,
): Promise<Plan> {
  const { request } = begin;
  const kernel = new Kernel(now());
  const engine = new LocalEngine(kernel, world, {
    startItem: () => undefined,
    startItemUndo: () => undefined,
    tellItem: () => false,
    said: () => undefined,
  });
  const program = { ...surroundings(request), ...resolved, runbook: request.runbook };
  let plan: Plan | null = null;
  const drive = new Drive({
    kernel,
    execute: async () => {
      plan = await makePlan(program, engine, firstLocalRecord(run, begin));
    },
    find: () => null,
    journal: { append: () => Promise.resolve() },
    now,
    show: () => undefined,
  });
  await drive.replay([]);
  await drive.run();
  if (plan === null) throw new Error('no plan was made');
  return plan;
}
