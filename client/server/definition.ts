import { isObject, type JsonObject } from '../../core/json.js';
import type { RunRequest } from '../../core/run/request.js';
import { callMs, within, type Server } from './connection.js';
import { definitionHash } from './request.js';

/** How a run was asked for, from its history; null where the server has it no more. */
export async function startedRequest(server: Server, run: string): Promise<RunRequest | null> {
  const { namespace, client } = server;
  const { events } = await within(server, callMs, () =>
    client.workflowService.getWorkflowExecutionHistory({
      namespace,
      execution: { workflowId: run },
      maximumPageSize: 1,
    }),
  ).then(({ history }) => ({ events: history?.events ?? [] }));
  const input = events[0]?.workflowExecutionStartedEventAttributes?.input?.payloads ?? [];
  const { payloadCodecs, payloadConverter } = client.options.loadedDataConverter;
  let payloads = [...input];
  for (const codec of payloadCodecs.toReversed()) payloads = await codec.decode(payloads);
  const [first] = payloads;
  if (first === undefined) return null;
  return payloadConverter.fromPayload<RunRequest>(first);
}

/** The definition with which a run was started, from its history; null where the server has it no more. */
export async function startedDefinition(
  server: Server,
  run: string,
  hash: string,
): Promise<JsonObject | null> {
  const runbook: unknown = (await startedRequest(server, run))?.runbook;
  return isObject(runbook) && definitionHash(runbook) === hash ? runbook : null;
}
