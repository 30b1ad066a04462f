import type { Runbook } from '../../core/definition/runbook.js';
import { RunbookError } from '../../core/errors.js';
import type { PlannedStep } from '../../core/record.js';
import { formatDuration } from '../../core/duration.js';
import { look } from './look.js';
import type { Session } from '../session.js';
import { broken, note, ok, type Check } from './check.js';

/** A clock that is off by more than this makes logs and certificates lie, seconds. */
const mostSkew = 2;

/** A runbook that only looks: at every host its clock, which takes the whole way there, login and shell. */
export function lookRunbook(hosts: readonly string[]): Runbook {
  return {
    apiVersion: 'runbook/v1',
    name: 'doctor',
    title: 'Look at every host',
    steps: [
      {
        id: 'clock',
        action: 'linux.command',
        on: [...hosts],
        // Exit 1 is "drift", and what is printed is its text: so the time comes back.
        input: { check: ['sh', '-c', 'date +%s; exit 1'], apply: ['true'], undo: 'nothing' },
      },
    ],
  };
}

/** What a host's answer says about it. `now`: seconds since 1970. */
export function hostCheck(step: PlannedStep, now: number): Check {
  const name = `host ${step.target ?? '?'}`;
  const seconds = /\b(\d{9,11})\b/.exec(step.drift ?? '')?.[1];
  if (step.kind === 'undetermined' || seconds === undefined) {
    return broken(
      name,
      step.drift ?? 'no answer',
      'see docs/errors for its code; runbook logs has nothing, since nothing was run',
    );
  }
  const skew = Math.abs(Number(seconds) - now);
  return skew > mostSkew
    ? note(
        name,
        `its clock is ${formatDuration(skew * 1000)} off`,
        'let it keep time: chrony or systemd-timesyncd',
      )
    : ok(name, 'reached, its clock is right');
}

/** Reaches for every host of the inventory, the way a run would. Starts server and worker where they do not run. */
export async function targetChecks(session: Session): Promise<Check[]> {
  const project = await session.project();
  const hosts = Object.keys(project.inventory.hosts);
  try {
    const plan = await look(session, lookRunbook(hosts));
    const now = Date.parse(plan.at) / 1000;
    return plan.steps.map((step) => hostCheck(step, now));
  } catch (error) {
    if (!(error instanceof RunbookError)) throw error;
    return [broken('hosts', error.message, error.hint ?? 'runbook dev start')];
  }
}
