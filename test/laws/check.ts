import { isDeepStrictEqual } from 'node:util';
import type { AnyAction, Checked } from '../../core/action.js';
import { jsonBytes, utf8Bytes } from '../../core/excerpt.js';
import type { Json } from '../../core/json.js';
import { attempt, throughHistory } from './attempt.js';
import { inWorld, mustEqual, show, snapshotOf, violated, type Law, type LawCase } from './law.js';

/** @throws Error when an output does not fit its schema, is not plain JSON, or takes more than 1 KiB. */
export function mustFitOutput(action: AnyAction, output: unknown, verb: string): void {
  const parsed = action.output.safeParse(output);
  if (!parsed.success) violated(`the output of ${verb} does not fit: ${parsed.error.message}`);
  if (!isDeepStrictEqual(JSON.parse(show(output)), output)) {
    violated(`the output of ${verb} is not plain JSON: ${show(output)}`);
  }
  if (jsonBytes(output) > 1024) violated(`the output of ${verb} takes more than 1 KiB`);
}

function mustBeSound(action: AnyAction, found: Checked<Json, unknown>, situation: LawCase): void {
  const { before, drift, output } = found;
  if (!isDeepStrictEqual(throughHistory(before), before)) {
    violated(`before is not plain JSON: ${show(before)}`);
  }
  if (jsonBytes(before) > 1024) violated(`before takes ${jsonBytes(before)} bytes, not 1024`);
  if (drift === '') violated('drift is an empty text: it must say something, or be null');
  if (drift !== null && utf8Bytes(drift) > 256)
    violated(`drift is longer than 256 bytes: ${drift}`);
  if ((situation.finds ?? 'drift') === 'drift' && drift === null) violated('check finds no drift');
  if (situation.finds === 'nothing' && drift !== null) violated(`check finds drift: ${drift}`);
  mustFitOutput(action, output, 'check');
}

function without(output: unknown, names: readonly string[] = []): unknown {
  if (typeof output !== 'object' || output === null) return output;
  return Object.fromEntries(Object.entries(output).filter(([name]) => !names.includes(name)));
}

/** Check only looks, and finds the same as long as nothing changes. */
export function checkChangesNothing(action: AnyAction, situation: LawCase): Law {
  const prove = (): Promise<void> =>
    inWorld(situation, async (world) => {
      const worker = attempt(action, world);
      const original = await snapshotOf(world);
      const first = await worker.check();
      mustBeSound(action, first, situation);
      const second = await worker.check();
      mustEqual(await snapshotOf(world), original, 'check changed something');
      mustEqual(second.before, first.before, 'two checks found different states');
      mustEqual(second.drift, first.drift, 'two checks found different drift');
      const { volatile } = situation;
      mustEqual(
        without(second.output, volatile),
        without(first.output, volatile),
        'two checks had different outputs',
      );
    });
  return { title: 'check changes nothing, and two checks are equal', prove };
}

/** A change names its resource, from the input alone. */
export function ownsSomething(action: AnyAction, situation: LawCase): Law {
  const prove = (): Promise<void> =>
    inWorld(situation, async (world) => {
      const owned = (): string => action.resource?.(action.input.parse(world.input)) ?? '';
      const resource = owned();
      if (resource === '') violated('a change must say what it owns');
      if (/undefined|null|\[object/.test(resource)) violated(`it owns '${resource}'?`);
      const again = owned();
      if (again !== resource) violated(`it owns now '${resource}', now '${again}'`);
    });
  return { title: 'it says what it owns', prove };
}
