import type { Command } from 'commander';
import type { Plan, PlannedStep } from '../../core/record.js';
import { drifts } from '../../core/run/drift.js';
import type { Options } from '../command.js';
import { exits } from '../exit.js';
import { startCommand } from '../inputs/command.js';
import { plannedRun } from '../planning.js';
import type { Session } from '../session.js';
import { driftView } from '../view/drift.js';
import { acceptances, type AcceptanceOf } from './accepted.js';

function exitOf(plan: Plan, counts: (step: PlannedStep) => boolean): number {
  if (plan.steps.some((step) => drifts(step) && counts(step))) return exits.changes;
  return plan.steps.some((step) => step.kind === 'undetermined') ? exits.failed : exits.done;
}

/** A plan with what people have accepted of it, as `drift --json` prints it. */
function asJson(plan: Plan, acceptanceOf: AcceptanceOf): object {
  const accepted = plan.steps.flatMap((step) => acceptanceOf(step) ?? []);
  return { ...plan, accepted };
}

/** Looks for drift now, and tells what it found. */
export async function checkDrift(
  session: Session,
  name: string,
  options: Options,
  command: Command,
): Promise<number> {
  const record = options['record'] === true;
  const { wanted, plan } = await plannedRun(session, name, options, command, (asked) =>
    record ? { schedule: null, mend: startCommand(asked) } : null,
  );
  const acceptanceOf = await acceptances(session, plan.runbook, wanted.inputs);
  if (session.flags.json === true) session.out.json(asJson(plan, acceptanceOf));
  else session.out.lines(driftView(plan, startCommand(wanted), session.screen, acceptanceOf));
  return exitOf(plan, (step) => acceptanceOf(step) === null);
}
