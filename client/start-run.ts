import { PermanentError } from '../core/errors.js';
import type { Plan, PlannedStep, RunRecord } from '../core/record.js';
import type { PlanLine } from '../core/run/moved.js';
import { localRun } from './local/runs.js';
import type { Wanted } from './inputs/command.js';
import { filesOfRunbook } from './library.js';
import { idStem, nextNumber } from './run-id.js';
import { requestOf } from './server/request.js';
import type { Session } from './session.js';
import { keepDefinition } from './state/definitions.js';
import { rememberRuns } from './state/names.js';
import { forgetOpen, noteOpen, openRuns } from './state/open.js';

/** How a run is to be started. */
export interface Beginning {
  /** Id that the user has chosen; null for one of ours. */
  readonly id: string | null;
  readonly wait: boolean;
  /** The plan that it is bound to; null for none. */
  readonly plan: Plan | null;
  /** What it was proposed with; null where nobody has. */
  readonly proposal: { readonly id: string; readonly by: string; readonly at: string } | null;
}

/** A run that has begun. */
export interface Begun {
  readonly run: string;
  /** True where a run of this id was there already: none was started. */
  readonly existed: boolean;
  /** Its record, where it had ended before. */
  readonly ended: RunRecord | null;
}

/** True where a run of this id is known, open or ended. */
export async function exists(session: Session, run: string): Promise<boolean> {
  if (session.archive.find(run) !== null) return true;
  const { describe } = await import('./server/look.js');
  try {
    await describe(await session.server(), run);
    return true;
  } catch (error) {
    if (error instanceof PermanentError && error.code === 'not-found') return false;
    throw error;
  }
}

/** What a plan's hash covers of a step: enough to tell later what has moved. */
function lineOf({ path, target, kind, before }: PlannedStep): PlanLine {
  return { path, target, kind, before };
}

/** How often a number that another start has just taken is counted on from. */
const tries = 50;

/** Starts a run. One with an id that exists is never started a second time. @throws RunbookError */
export async function begin(session: Session, wanted: Wanted, how: Beginning): Promise<Begun> {
  const { loaded, inputs } = wanted;
  const { runbook } = loaded;
  if (how.id !== null) {
    const ended = session.archive.find(how.id);
    if (ended !== null) return { run: how.id, existed: true, ended };
    if (localRun(session.state, how.id) !== null)
      throw new PermanentError('usage', `${how.id} is a run without the server, which is open`, {
        hint: `runbook status ${how.id}; or choose another id`,
      });
  }
  const server = await session.server();
  await session.worker();
  const { startRun } = await import('./server/start.js');
  const request = requestOf({
    project: await session.project(),
    runbook,
    inputs,
    files: await filesOfRunbook(session, runbook, inputs),
    user: session.user,
    wait: how.wait,
    planHash: how.plan?.hash ?? null,
    ...(how.plan === null ? {} : { planSteps: how.plan.steps.map(lineOf) }),
    ...(how.proposal === null
      ? {}
      : { proposal: { id: how.proposal.id, by: how.proposal.by, at: how.proposal.at } }),
  });
  keepDefinition(session.state, runbook);
  const targets = Object.entries(runbook.inputs ?? {})
    .filter(([, spec]) => spec.type === 'target')
    .map(([name]) => inputs[name])
    .filter((value) => typeof value === 'string');
  const tryId = async (run: string): Promise<boolean> => {
    // Noted before, so that a run is never open without a trace here.
    const already = openRuns(session.state).some((open) => open.run === run);
    const startedAt = new Date().toISOString();
    const version = server.embedded?.version ?? null;
    noteOpen(session.state, { run, runbook: runbook.name, startedAt, server: version });
    const fresh = await startRun(server, run, request, targets);
    if (!fresh && !already) forgetOpen(session.state, run);
    if (fresh) rememberRuns(session.state, [run]);
    return fresh;
  };
  if (how.id !== null) {
    const fresh = await tryId(how.id);
    return { run: how.id, existed: !fresh, ended: null };
  }
  const stem = idStem(runbook, inputs, new Date());
  const known = [...session.archive.ids(), ...openRuns(session.state).map(({ run }) => run)];
  const first = nextNumber(stem, known);
  for (let number = first; number < first + tries; number += 1) {
    const run = `${stem}${number}`;
    if (await tryId(run)) return { run, existed: false, ended: null };
  }
  throw new PermanentError(
    'internal',
    `no free id for a run: ${stem}${first} and the next are taken`,
    {
      hint: 'choose one: --id',
    },
  );
}
