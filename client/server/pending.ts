import type { LoadedDataConverter, Payload } from '@temporalio/common';
import type { WorkflowExecutionDescription } from '@temporalio/client';
import type { Pulse } from '../../core/run/request.js';
import type { Pending } from '../view/live.js';

type Raw = NonNullable<WorkflowExecutionDescription['raw']['pendingActivities']>[number];

/** Temporal's number for an activity that a worker has taken up (PendingActivityState). */
const started = 2;

/** The first of some payloads; null where there is none. */
async function decoded(
  encoded: readonly Payload[],
  { payloadCodecs, payloadConverter }: LoadedDataConverter,
): Promise<unknown> {
  let payloads = [...encoded];
  for (const codec of payloadCodecs.toReversed()) payloads = await codec.decode(payloads);
  const [first] = payloads;
  return first === undefined ? null : payloadConverter.fromPayload(first);
}

async function pulseOf(raw: Raw, converter: LoadedDataConverter): Promise<Pulse | null> {
  const value = await decoded(raw.heartbeatDetails?.payloads ?? [], converter);
  return typeof value === 'object' && value !== null && 'drift' in value ? (value as Pulse) : null;
}

/** Why the attempt before has failed; its message may be among what the codec encrypts. */
async function failureOf(raw: Raw, converter: LoadedDataConverter): Promise<string | null> {
  const { lastFailure } = raw;
  const encoded = lastFailure?.encodedAttributes;
  if (encoded === undefined || encoded === null) return lastFailure?.message ?? null;
  const value = await decoded([encoded], converter);
  return typeof value === 'object' && value !== null && 'message' in value
    ? String(value.message)
    : null;
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
      lastFailure: await failureOf(raw, converter),
      started: Number(raw.state) === started,
    })),
  );
}
