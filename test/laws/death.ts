import { isRunbookError } from '../../core/errors.js';
import { violated, type LawLimits } from './law.js';
import { lifeline, type Lifeline, type Moment } from './lifeline.js';

/** Runs a verb of a worker that may be killed on the way; anything but its death must not fail. */
export async function untilDeath(life: Lifeline, verb: () => Promise<unknown>): Promise<void> {
  try {
    await verb();
  } catch (error) {
    if (!life.dead()) throw error;
    if (isRunbookError(error) && error.class !== 'transient') {
      violated(`a lost worker was taken for a failure that is ${error.class}: ${error.message}`);
    }
  }
  await life.quiet();
}

/** `count` points at most of 1…`last`, first and last among them. */
export function spread(last: number, count: number): number[] {
  const all = Array.from({ length: last }, (_, index) => index + 1);
  if (count >= last) return all;
  if (count <= 1) return all.slice(0, count);
  const step = (last - 1) / (count - 1);
  return Array.from({ length: count }, (_, index) => Math.round(1 + index * step));
}

/**
 * Where workers die: just before the first command, and just after each. The next attempt sees the
 * target alone, so just before a command is for it what just after the one before it is. Where the
 * tools are too slow for that, at some commands. Of a single death the most is learned at the end:
 * everything has its effect, and nobody has heard of it.
 */
function deaths(commands: number, killPoints = commands): { at: number; moment: Moment }[] {
  if (killPoints === 1 && commands > 1) return [{ at: commands, moment: 'after' }];
  const points = spread(commands, killPoints);
  const after = points.map((at) => ({ at, moment: 'after' as const }));
  const before = { at: 1, moment: 'before' as const };
  return points.length === commands ? [before, ...after] : [before, ...after.slice(1)];
}

/** Proves something for every death of a worker. */
export async function forEachDeath(
  commands: number,
  limits: LawLimits,
  prove: (life: Lifeline) => Promise<void>,
): Promise<void> {
  for (const { at, moment } of deaths(commands, limits.killPoints)) {
    try {
      await prove(lifeline(at, moment));
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      const where = `killed just ${moment} command ${at} of ${commands}`;
      throw new Error(`${where}: ${why}`, { cause: error });
    }
  }
}
