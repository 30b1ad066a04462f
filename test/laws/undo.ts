import type { AnyAction } from '../../core/action.js';
import { isRunbookError } from '../../core/errors.js';
import type { Json } from '../../core/json.js';
import { mustHold } from './apply.js';
import { attempt, type Attempt, type World } from './attempt.js';
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

interface Applied {
  readonly before: Json;
  readonly original: unknown;
  /** Commands that apply took. */
  readonly commands: number;
}

async function applied(action: AnyAction, world: World): Promise<Applied> {
  const original = await snapshotOf(world);
  const { before } = await attempt(action, world).check();
  const worker = attempt(action, world);
  await worker.apply(before);
  const commands = worker.life.commands();
  await mustHold(worker, before, 'after apply');
  return { before, original, commands };
}

async function mustBeBack(worker: Attempt, world: World, was: Applied, when: string) {
  const differs = await worker.restored(was.before);
  if (differs !== null) violated(`${when}, the state found is not back: ${differs}`);
  mustEqual(await snapshotOf(world), was.original, `${when}, something is not as it was`);
}

/** Undo puts back what check found; a second undo changes nothing. */
export function undoRestores(action: AnyAction, situation: LawCase): Law {
  const prove = (): Promise<void> =>
    inWorld(situation, async (world) => {
      const was = await applied(action, world);
      const worker = attempt(action, world);
      await worker.undo(was.before);
      await mustBeBack(worker, world, was, 'after undo');
      await worker.undo(was.before);
      await mustBeBack(worker, world, was, 'after a second undo');
    });
  return { title: 'undo restores exactly what was found', prove };
}

/**
 * Undo puts back what check found also where a later step has changed the same resource: the engine
 * undoes both by the first one.
 */
export function undoRestoresLater(action: AnyAction, situation: LawCase, later: object): Law {
  const prove = (): Promise<void> =>
    inWorld(situation, async (world) => {
      const was = await applied(action, world);
      const after = { ...world, input: later };
      const owns = (input: unknown) => action.resource?.(action.input.parse(input));
      if (owns(later) !== owns(world.input)) violated('the later step is on another resource');
      await applied(action, after);
      const worker = attempt(action, world);
      await worker.undo(was.before);
      await mustBeBack(worker, world, was, 'after undo of two steps by the first');
    });
  return { title: 'undo restores also what a later step on the same resource changed', prove };
}

/** Half an apply can be undone, wherever it stopped. */
export function killedApplyIsUndone(action: AnyAction, situation: LawCase, limits: LawLimits): Law {
  const prove = async (): Promise<void> => {
    const { commands, original } = await inWorld(situation, (world) => applied(action, world));
    await forEachDeath(commands, limits, (life) =>
      inWorld(situation, async (world) => {
        const { before } = await attempt(action, world).check();
        const first = attempt(action, world, life);
        await untilDeath(life, () => first.apply(before));
        const second = attempt(action, world);
        await second.undo(before);
        const was = { before, original, commands };
        await mustBeBack(second, world, was, 'after undo of half an apply');
      }),
    );
  };
  return { title: 'apply killed at any command can be undone', prove };
}

/** Wherever a worker is lost during undo, the next one ends it. */
export function killedUndoConverges(action: AnyAction, situation: LawCase, limits: LawLimits): Law {
  const prove = async (): Promise<void> => {
    const commands = await inWorld(situation, async (world) => {
      const { before } = await applied(action, world);
      const worker = attempt(action, world);
      await worker.undo(before);
      return worker.life.commands();
    });
    await forEachDeath(commands, limits, (life) =>
      inWorld(situation, async (world) => {
        const was = await applied(action, world);
        const first = attempt(action, world, life);
        await untilDeath(life, () => first.undo(was.before));
        const second = attempt(action, world);
        await second.undo(was.before);
        await mustBeBack(second, world, was, 'after a second undo');
      }),
    );
  };
  return { title: 'undo killed at any command and run again restores', prove };
}

/** Undo refuses as irreversible, or has nothing to do: in both cases it touches nothing. */
export function undoLeavesAlone(action: AnyAction, situation: LawCase, refuses: boolean): Law {
  const prove = (): Promise<void> =>
    inWorld(situation, async (world) => {
      const { before } = await applied(action, world);
      const made = await snapshotOf(world);
      const worker = attempt(action, world);
      let code: string | null = null;
      try {
        await worker.undo(before);
      } catch (error) {
        if (!isRunbookError(error) || error.class !== 'permanent') throw error;
        code = error.code;
      }
      if (refuses && code !== 'irreversible') violated(`undo must refuse as irreversible: ${code}`);
      if (!refuses && code !== null) violated(`undo has nothing to do, but failed with ${code}`);
      mustEqual(await snapshotOf(world), made, 'undo changed something');
      const differs = refuses ? null : await worker.restored(before);
      if (differs !== null) violated(`undo has nothing to do, but cannot be verified: ${differs}`);
    });
  return { title: refuses ? 'undo refuses, and touches nothing' : 'undo has nothing to do', prove };
}
