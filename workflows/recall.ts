import { workflowInfo } from '@temporalio/workflow';
import type { Within } from '../core/run/items.js';
import { expressed, stateToUndo, type ItemPast } from '../core/run/past.js';
import type { RunRequest, Undoing } from '../core/run/request.js';
import { failureOf } from '../core/run/run.js';
import { lasting } from './activities.js';
import { asStepFailure } from './step-failure.js';

/** An item that nothing is known of. */
const unknown: Pick<Within, 'bound' | 'inputs' | 'actions'> = {
  bound: { item: null, steps: {}, prefix: '', stack: [] },
  inputs: {},
  actions: {},
};

/**
 * The request of a run that puts back what the run of an item had changed, with all that it takes: the memory of
 * that run is as large as a run's may be, so each item gets its own for itself.
 */
export async function recalled(asked: RunRequest, { item, ...undo }: Undoing): Promise<RunRequest> {
  if (item === undefined) return asked;
  let past: ItemPast;
  try {
    past = await lasting.itemPast(undo.from);
  } catch (error) {
    const lost = failureOf(asStepFailure(error, null));
    return { ...asked, undo: { ...undo, lost }, within: { ...unknown, ...item } };
  }
  const { runbook, files, bound, undoes, resume } = past;
  const { inputs, actions, state } = resume;
  const { workflowId, startTime } = workflowInfo();
  const by = {
    run: workflowId,
    parent: item.run,
    user: asked.user,
    startedAt: startTime.toISOString(),
    lent: item.fences,
  };
  return {
    ...asked,
    runbook,
    files,
    inputs: { ...inputs },
    within: { ...item, bound, inputs, actions },
    resume: { inputs, actions, state: stateToUndo(state, by) },
    undo: { ...undo, of: undoes ?? expressed(state.progress.record) },
  };
}
