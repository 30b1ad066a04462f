import { getClient } from '@temporalio/activity';
import { PermanentError } from '../core/errors.js';
import type { ItemBeginning, ItemPast } from '../core/run/past.js';
import type { Resume } from '../core/run/request.js';

/** Asks the history of an item's run, which has ended, how it went. @throws PermanentError `not-found` */
export async function itemPast(run: string): Promise<ItemPast> {
  const handle = getClient().workflow.getHandle(run);
  let resume: Resume | null;
  let beginning: ItemBeginning | null;
  try {
    resume = await handle.query<Resume | null>('resume');
    beginning = await handle.query<ItemBeginning | null>('beginning');
  } catch (error) {
    if (!(error instanceof Error && error.name === 'WorkflowNotFoundError')) throw error;
    resume = null;
    beginning = null;
  }
  if (resume !== null && beginning !== null) return { ...beginning, resume };
  throw new PermanentError('not-found', `the server does not remember how run ${run} went`, {
    hint: `put it back by hand: runbook report ${run} has what was found before`,
  });
}
