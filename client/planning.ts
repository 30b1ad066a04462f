import type { Command } from 'commander';
import type { Plan } from '../core/record.js';
import type { DriftOrder } from '../core/run/drift.js';
import type { Options } from './command.js';
import { wantedRun, type Wanted } from './inputs/command.js';
import { filesOfRunbook, soundRunbook } from './library.js';
import { definitionHash, requestOf } from './server/request.js';
import type { Session } from './session.js';
import { keepDefinition } from './state/definitions.js';
import { keepPlan } from './state/plans.js';
import { rememberNames } from './remember.js';

/** Has the plan made that a command line asks for. @throws RunbookError */
export async function plannedRun(
  session: Session,
  name: string,
  options: Options,
  command: Command,
  drift: (wanted: Wanted) => DriftOrder | null = () => null,
): Promise<{ readonly wanted: Wanted; readonly plan: Plan }> {
  const wanted = await wantedRun(session, await soundRunbook(session, name), options, command);
  if (options['local'] === true) {
    const { plannedLocally } = await import('./local/plan.js');
    return { wanted, plan: await plannedLocally(session, wanted) };
  }
  return { wanted, plan: await planned(session, wanted, drift(wanted)) };
}

/** Has a plan made, and keeps it so that a run can be bound to it. @throws RunbookError */
export async function planned(
  session: Session,
  { loaded, inputs }: Wanted,
  drift: DriftOrder | null = null,
): Promise<Plan> {
  const { runbook } = loaded;
  const { signal } = session;
  const server = await session.server();
  await session.worker();
  const { makePlan } = await import('./server/plan.js');
  const project = await session.project();
  const request = requestOf({
    project,
    runbook,
    inputs,
    files: await filesOfRunbook(session, runbook, inputs),
    user: session.user,
    wait: false,
    planHash: null,
    drift,
  });
  const begun = Date.now();
  const tick = setInterval(() => {
    session.progress.say(`looking at the targets, ${Math.round((Date.now() - begun) / 1000)} s`);
  }, 1000);
  try {
    const plan = await makePlan(server, request, signal);
    keepDefinition(session.state, runbook);
    keepPlan(session.state, { plan, definitionHash: definitionHash(runbook), inputs });
    await rememberNames(session, [loaded]);
    return plan;
  } finally {
    clearInterval(tick);
    session.progress.done();
  }
}
