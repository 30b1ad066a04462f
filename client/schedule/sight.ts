import type { RunRequest } from '../../core/run/request.js';
import { startCommand, type Wanted } from '../inputs/command.js';
import { acceptances } from '../drift/accepted.js';
import { flagsOf } from '../inputs/flags.js';
import { filesOfRunbook, findRunbook } from '../library.js';
import { definitionHash, requestOf } from '../server/request.js';
import type { Session } from '../session.js';
import type { ScheduleSight } from '../view/schedule.js';

/** What each firing of a schedule checks: fixed now, as that of a run. */
export async function requestFor(
  session: Session,
  schedule: string,
  wanted: Wanted,
): Promise<RunRequest> {
  const { loaded, inputs } = wanted;
  return requestOf({
    project: await session.project(),
    runbook: loaded.runbook,
    inputs,
    files: await filesOfRunbook(session, loaded.runbook, inputs),
    user: session.user,
    wait: false,
    planHash: null,
    drift: { schedule, mend: startCommand(wanted) },
  });
}

/** Whether the runbook of a schedule is another by now; null where there is none here to compare with. */
async function isChanged(session: Session, request: RunRequest): Promise<boolean | null> {
  try {
    const { id } = await session.project();
    if (id !== request.project['id']) return null;
    const { runbook } = await findRunbook(session, request.runbook.name);
    return definitionHash(runbook) !== request.definitionHash;
  } catch {
    // Renamed or broken by now, or no project here: the schedule goes on with what it has.
    return null;
  }
}

/** A schedule with what came of it. @throws PermanentError `not-found` */
export async function seen(session: Session, name: string): Promise<ScheduleSight> {
  const { describeSchedule } = await import('../server/schedule.js');
  const { firingsOf } = await import('../server/firings.js');
  const server = await session.server();
  const { description, request, timing } = await describeSchedule(server, name);
  const { info, state } = description;
  return {
    schedule: name,
    runbook: request.runbook.name,
    inputs: flagsOf(request.runbook, request.inputs),
    timing,
    paused: state.paused,
    note: state.note || null,
    createdBy: request.user,
    definitionHash: request.definitionHash,
    definitionChanged: await isChanged(session, request),
    next: info.nextActionTimes.map((at) => at.toISOString()),
    skipped: info.numActionsSkippedOverlap,
    missed: info.numActionsMissedCatchupWindow,
    firings: await firingsOf(
      server,
      info.recentActions,
      await acceptances(session, request.runbook.name, request.inputs),
    ),
  };
}
