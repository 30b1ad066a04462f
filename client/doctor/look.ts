import type { Runbook } from '../../core/definition/runbook.js';
import type { Plan } from '../../core/record.js';
import { requestOf } from '../server/request.js';
import type { Session } from '../session.js';

/** Has the worker of the project look by the checks of a runbook that stands in no file. @throws RunbookError */
export async function look(session: Session, runbook: Runbook): Promise<Plan> {
  const project = await session.project();
  const server = await session.server();
  await session.worker();
  const { makePlan } = await import('../server/plan.js');
  const request = requestOf({
    project,
    runbook,
    inputs: {},
    files: {},
    user: session.user,
    wait: false,
    planHash: null,
  });
  return makePlan(server, request, session.signal);
}
