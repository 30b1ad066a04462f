import type { AnyAction } from '../../core/action.js';
import type { Json } from '../../core/json.js';
import { attempt, type Attempt } from './attempt.js';
import { mustFitOutput } from './check.js';
import { forEachDeath, untilDeath } from './death.js';
import {
  inWorld,
  mustEqual,
  snapshotOf,
  violated,
  type Law,
  type LawCase,
  type LawLimits,
} from './law.js';

/** @throws Error when the change is not there, as the action's own verification and check see it. */
export async function mustHold(worker: Attempt, before: Json, when: string): Promise<void> {
  const missing = await worker.verify(before);
  if (missing !== null) violated(`${when}, the action still misses: ${missing}`);
  // The usual verification is a check; only an action's own may see less than that.
  if (!worker.verifiesItself) return;
  const { drift } = await worker.check();
  if (drift !== null) violated(`${when}, check still finds drift: ${drift}`);
}

/** Apply makes the drift go away; a second one changes nothing; the first neither where there was none. */
export function applyTakes(action: AnyAction, situation: LawCase): Law {
  const prove = (): Promise<void> =>
    inWorld(situation, async (world) => {
      const worker = attempt(action, world);
      const original = await snapshotOf(world);
      const { before } = await worker.check();
      const output = await worker.apply(before);
      if (output !== undefined) mustFitOutput(action, output, 'apply');
      await mustHold(worker, before, 'after apply');
      const once = await snapshotOf(world);
      if (situation.finds === 'nothing') {
        mustEqual(once, original, 'apply changed something though there was no drift');
      }
      await worker.apply(before);
      await mustHold(worker, before, 'after a second apply');
      mustEqual(await snapshotOf(world), once, 'applying twice is not applying once');
    });
  return { title: 'after apply there is no drift, and applying twice is applying once', prove };
}

/** Wherever a worker is lost, the next one reaches the same end. */
export function killedApplyConverges(
  action: AnyAction,
  situation: LawCase,
  limits: LawLimits,
): Law {
  const prove = async (): Promise<void> => {
    const reference = await inWorld(situation, async (world) => {
      const { before } = await attempt(action, world).check();
      const worker = attempt(action, world);
      await worker.apply(before);
      const commands = worker.life.commands();
      await mustHold(worker, before, 'after apply');
      return { commands, state: await snapshotOf(world) };
    });
    await forEachDeath(reference.commands, limits, (life) =>
      inWorld(situation, async (world) => {
        const { before } = await attempt(action, world).check();
        const first = attempt(action, world, life);
        await untilDeath(life, () => first.apply(before));
        const second = attempt(action, world);
        await second.apply(before);
        await mustHold(second, before, 'after a second attempt');
        mustEqual(await snapshotOf(world), reference.state, 'the second attempt ended elsewhere');
      }),
    );
  };
  return { title: 'apply killed at any command and run again converges', prove };
}
