import { randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { localPlaces, type LocalBeginning } from '../../core/local.js';
import type { Plan } from '../../core/record.js';
import { PermanentError } from '../../core/errors.js';
import type { Wanted } from '../inputs/command.js';
import { filesOfRunbook } from '../library.js';
import { definitionHash, requestOf } from '../server/request.js';
import type { Session } from '../session.js';
import { logFolderName } from '../state/file-name.js';
import { keepPlan } from '../state/plans.js';
import { launchAside } from './process.js';

/** How a run is asked for. */
export async function beginning(
  session: Session,
  { loaded: { runbook }, inputs }: Wanted,
  how: { readonly reason: string; readonly wait: boolean; readonly planHash: string | null },
): Promise<LocalBeginning> {
  const request = requestOf({
    project: await session.project(),
    runbook,
    inputs,
    files: await filesOfRunbook(session, runbook, inputs),
    user: session.user,
    wait: how.wait,
    planHash: how.planHash,
  });
  const startedAt = new Date().toISOString();
  return { request, reason: how.reason, host: hostname(), startedAt };
}

/** Has a plan made without a server, and keeps it so that a run can be bound to it. @throws RunbookError */
export async function plannedLocally(session: Session, wanted: Wanted): Promise<Plan> {
  const begin = await beginning(session, wanted, { reason: '', wait: false, planHash: null });
  const run = `plan-${randomUUID()}`;
  const { startedAt, request } = begin;
  const about = { run, runbook: request.runbook.name, project: session.folder.path, startedAt };
  const { folder } = localPlaces(session.state, run);
  try {
    const own = launchAside(session, about, { task: 'plan', begin, decision: null });
    session.signal.addEventListener('abort', () => own.stop(), { once: true });
    const fault = await own.ended;
    if (fault !== null) throw fault;
    if (own.printed() === '') throw new PermanentError('internal', 'no plan was made');
    const { plan } = JSON.parse(own.printed()) as { plan: Plan };
    const { runbook } = wanted.loaded;
    keepPlan(session.state, {
      plan,
      definitionHash: definitionHash(runbook),
      inputs: wanted.inputs,
    });
    return plan;
  } finally {
    for (const left of [folder, join(session.state, 'logs', logFolderName(run))])
      rmSync(left, { recursive: true, force: true });
  }
}
