import type { RunRequest } from '../../core/run/request.js';
import { PermanentError } from '../../core/errors.js';
import { callMs, within, type Server } from './connection.js';
import { addAttributes } from './prepare.js';
import { asRunbookError, details, isNamed } from './faults.js';

/** Starts the workflow of a run. Answers false where one of this id exists already, open or ended. */
export async function startRun(
  server: Server,
  run: string,
  request: RunRequest,
  targets: readonly string[],
): Promise<boolean> {
  try {
    await started(server, run, request, targets);
    return true;
  } catch (error) {
    if (isNamed(error, 'WorkflowExecutionAlreadyStartedError')) return false;
    if (/search attribute|mapping/i.test(details(error)) && server.embedded === null) {
      await declareAttributes(server);
      return startRun(server, run, request, targets);
    }
    throw asRunbookError(error, `starting run ${run}`);
  }
}

async function started(
  server: Server,
  run: string,
  request: RunRequest,
  targets: readonly string[],
): Promise<void> {
  const { defineSearchAttributeKey, SearchAttributeType } = await import('@temporalio/common');
  const { KEYWORD, KEYWORD_LIST } = SearchAttributeType;
  const { runbook, user, taskQueue, planHash, undo } = request;
  const how =
    undo === undefined
      ? `Started by ${user} with \`runbook start ${runbook.name}\`` +
        (planHash === null ? '.' : `, bound to plan ${planHash.slice(0, 12)}.`)
      : `Started by ${user} with \`runbook undo ${undo.of.id}\`.`;
  const title = runbook.title ?? runbook.name;
  await within(server, callMs, () =>
    server.client.workflow.start(undo === undefined ? runbook.name : 'undo-run', {
      workflowId: run,
      taskQueue,
      args: [request],
      workflowIdReusePolicy: 'REJECT_DUPLICATE',
      workflowIdConflictPolicy: 'FAIL',
      // A worker that is lost inside a task must not hold up the run for Temporal's usual ten seconds.
      workflowTaskTimeout: '3s',
      staticSummary: undo === undefined ? title : `Undo of ${undo.of.id}: ${title}`.slice(0, 120),
      staticDetails: `${how}\n\n${runbook.description ?? ''}`.trim(),
      typedSearchAttributes: [
        { key: defineSearchAttributeKey('RunbookName', KEYWORD), value: runbook.name },
        { key: defineSearchAttributeKey('RunbookUser', KEYWORD), value: user },
        { key: defineSearchAttributeKey('RunbookState', KEYWORD), value: 'resolving' },
        { key: defineSearchAttributeKey('RunbookTarget', KEYWORD_LIST), value: [...targets] },
      ],
    }),
  );
}

/** A server of one's own may not know our search attributes yet. @throws PermanentError where we may not add them. */
async function declareAttributes(server: Server): Promise<void> {
  try {
    await addAttributes(server.connection, server.namespace);
  } catch (error) {
    throw new PermanentError(
      'server-unavailable',
      `the namespace '${server.namespace}' lacks the search attributes of runbook: ${details(error)}`,
      {
        hint: 'add RunbookName, RunbookState, RunbookUser (Keyword) and RunbookTarget (KeywordList) to it',
        cause: error,
      },
    );
  }
}
