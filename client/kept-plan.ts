import type { Command } from 'commander';
import type { LoadedRunbook } from '../core/definition/loader.js';
import { PermanentError } from '../core/errors.js';
import { sameJson } from '../core/json.js';
import type { Plan } from '../core/record.js';
import type { Options } from './command.js';
import { checkInputs, wantedRun, type Wanted } from './inputs/command.js';
import { planned } from './planning.js';
import { definitionHash } from './server/request.js';
import type { Session } from './session.js';
import { findDefinition } from './state/definitions.js';
import { findPlans, type KeptPlan } from './state/plans.js';
import { blank } from './view/line.js';
import { movedView } from './view/plan.js';

/** A plan that a run is to be bound to. */
export interface Kept {
  readonly plan: Plan;
  readonly wanted: Wanted;
}

/**
 * The plan with this hash, with the inputs it was made with.
 * @throws PermanentError `not-found`, `usage`, `plan-changed`.
 */
export async function keptPlan(
  session: Session,
  loaded: LoadedRunbook,
  hash: string,
  options: Options,
  command: Command,
): Promise<Kept> {
  const found = findPlans(session.state, hash);
  const [kept, another] = found;
  if (kept === undefined) {
    throw new PermanentError('not-found', `there is no plan ${hash} here`, {
      hint: `make one: runbook plan ${loaded.runbook.name}`,
    });
  }
  if (another !== undefined)
    throw new PermanentError('usage', `${found.length} plans begin with ${hash}: give more digits`);
  return boundTo(session, loaded, kept, `plan ${kept.plan.hash.slice(0, 12)}`, options, command);
}

/** What a definition has become since, in one line; empty where its former text is not kept here. */
async function changesOf(
  session: Session,
  was: string,
  { runbook }: LoadedRunbook,
): Promise<string> {
  const { changedWords } = await import('../core/definition/changed.js');
  const old = findDefinition(session.state, was);
  return old === null ? '' : changedWords(old, runbook);
}

/**
 * A run that is bound to what was kept, named so for people: the same definition, with the same inputs.
 * @throws PermanentError `usage`, `plan-changed`.
 */
export async function boundTo(
  session: Session,
  loaded: LoadedRunbook,
  { plan, inputs, definitionHash: was }: KeptPlan,
  what: string,
  options: Options,
  command: Command,
): Promise<Kept> {
  if (plan.runbook !== loaded.runbook.name) {
    throw new PermanentError('usage', `${what} is one of runbook '${plan.runbook}'`);
  }
  if (was !== definitionHash(loaded.runbook)) {
    const changes = await changesOf(session, was, loaded);
    throw new PermanentError(
      'plan-changed',
      `${loaded.source.file} has changed since ${what} was made; nothing was started` +
        (changes === '' ? '' : `: ${changes}`),
      { hint: `look at a fresh plan: runbook plan ${plan.runbook}` },
    );
  }
  const given = Object.keys(loaded.runbook.inputs ?? {}).some(
    (name) => command.getOptionValueSource(name) === 'cli',
  );
  if (given || Array.isArray(options['input'])) {
    const wanted = await wantedRun(session, loaded, options, command);
    if (!sameJson(wanted.inputs, inputs))
      throw new PermanentError('usage', `${what} was made with other inputs`, {
        hint: 'leave the inputs out: they are fixed',
      });
  }
  await checkInputs(session, loaded, inputs);
  return { plan, wanted: { loaded, inputs } };
}

/** Where the run was refused because the targets have moved on, shows what moved. */
export async function showMoved(session: Session, kept: Kept, run: string): Promise<void> {
  const record = session.archive.find(run);
  if (record?.failure?.code !== 'plan-changed' || session.flags.json === true) return;
  const fresh = await planned(session, kept.wanted);
  session.out.lines([blank, ...movedView(kept.plan, fresh, session.screen)]);
}
