import type { LoadedDataConverter, Payload } from '@temporalio/common';
import type { WorkflowExecutionDescription } from '@temporalio/client';
import type { Pulse } from '../../core/run/request.js';
import type { Pending } from '../view/live.js';

type Raw = NonNullable<WorkflowExecutionDescription['raw']['pendingActivities']>[number];

/** Temporal's number for an activity that a worker has taken up (PendingActivityState). */
const started = 2;

async function pulseOf(raw: Raw, converter: LoadedDataConverter): Promise<Pulse | null> {
  let payloads: Payload[] = [...(raw.heartbeatDetails?.payloads ?? [])];
  for (const codec of converter.payloadCodecs.toReversed()) payloads = await codec.decode(payloads);
  const [first] = payloads;
  if (first === undefined) return null;
  const value: unknown = converter.payloadConverter.fromPayload(first);
  return typeof value === 'object' && value !== null && 'drift' in value ? (value as Pulse) : null;
}

/** The work that is under way, as the server knows it. */
export async function pendingOf(
  description: WorkflowExecutionDescription,
  converter: LoadedDataConverter,
): Promise<Pending[]> {
  return Promise.all(
    (description.raw.pendingActivities ?? []).map(async (raw) => ({
      path: raw.activityId ?? '',
      attempt: raw.attempt ?? 1,
      pulse: await pulseOf(raw, converter),
      lastFailure: raw.lastFailure?.message ?? null,
      started: Number(raw.state) === started,
    })),
  );
}
