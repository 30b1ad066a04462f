import { z } from 'zod';
import { ballotSchema, failureSchema } from './record.js';
import { noticeKinds } from './run/notices.js';
import { runStates } from './run/outcome.js';

const time = z.iso.datetime().describe('RFC 3339, UTC.');

/** Types of events of runs: one for each notice, and the one that `runbook notify test` sends. */
const runTypes = [
  ...noticeKinds.map((kind) => `io.runbook.run.${kind}` as const),
  'io.runbook.test',
] as const;

const commandSchema = z.strictObject({
  command: z.string().describe('To be pasted into a shell.'),
  meaning: z.string(),
});

/** What a notification of a run says. */
export const notificationDataSchema = z.strictObject({
  run: z.string().describe('Id of the run.'),
  runbook: z.string(),
  title: z.string().describe('Title of the runbook.'),
  state: z.enum(runStates).describe('State of the run when this happened.'),
  startedBy: z.string(),
  startedAt: time,
  step: z
    .string()
    .nullable()
    .describe('Path of the step that is meant; null where the run has ended.'),
  stepTitle: z.string().nullable(),
  target: z.string().nullable().describe('Target of the step.'),
  message: z.string().describe('What is asked, what went wrong, or how it ended.'),
  failure: failureSchema.nullable().describe('Why the step parked, or the run did not succeed.'),
  until: time.nullable().describe('When the time-out decides; null when nothing does.'),
  ballot: ballotSchema.optional().describe('For an approval: who may vote, on what, and who has.'),
  commands: z
    .array(commandSchema)
    .describe('Ways on: decisions that the step takes, and where to look.'),
  log: z
    .array(z.string())
    .describe(
      'Last lines of the log of the step, 20 at most; empty where the worker that tells has none.',
    ),
});

/** A step on a target that drifts, or could not be checked. */
const driftingSchema = z.strictObject({
  path: z.string().describe('Path of the step.'),
  title: z.string(),
  target: z.string().nullable(),
  kind: z.string().describe('Kind of the planned step; undetermined: its check failed.'),
  drift: z
    .string()
    .nullable()
    .describe('What differs, or why it could not be checked; null of what is over.'),
  since: time.describe('When a check saw it first.'),
});

/** What a notification of drift says: how a check differs from the one before of the same schedule. */
export const driftDataSchema = z.strictObject({
  schedule: z.string(),
  runbook: z.string(),
  title: z.string().describe('Title of the runbook.'),
  inputs: z.record(z.string(), z.json()).describe('As they were given.'),
  check: z.string().describe('Id of the workflow that looked.'),
  message: z.string().describe('What has changed, in one line.'),
  appeared: z.array(driftingSchema).describe('Drift that was not there before; 50 at most.'),
  gone: z.array(driftingSchema).describe('Drift that is there no more; 50 at most.'),
  unknown: z.array(driftingSchema).describe('Steps that cannot be checked any more; 50 at most.'),
  known: z.array(driftingSchema).describe('Steps that can be checked again; 50 at most.'),
  drifting: z.int().describe('Steps that drift now, those left out that are accepted.'),
  failure: failureSchema.nullable().describe('Why nothing could be checked at all.'),
  commands: z.array(commandSchema).describe('The run that would mend it, and where to look.'),
});
export type Drifting = z.output<typeof driftingSchema>;

const envelope = {
  specversion: z.literal('1.0'),
  id: z.string().describe('The same each time that the same event is delivered: drop duplicates.'),
  source: z
    .string()
    .describe(
      'Project and run: /runbook/PROJECT/RUN; of drift, the schedule in the place of the run.',
    ),
  subject: z
    .string()
    .describe(
      'Id of the run, with the path of the step where one is meant; of drift, the schedule.',
    ),
  time: time.describe('When it happened.'),
  datacontenttype: z.literal('application/json'),
};
const runEventSchema = z.strictObject({
  ...envelope,
  type: z.enum(runTypes),
  data: notificationDataSchema,
});
const driftEventSchema = z.strictObject({
  ...envelope,
  type: z.literal('io.runbook.drift'),
  data: driftDataSchema,
});
export type RunNotification = z.output<typeof runEventSchema>;
export type DriftNotification = z.output<typeof driftEventSchema>;

/** What receivers are sent: a CloudEvent in JSON, `application/cloudevents+json`. */
export const notificationSchema = z.discriminatedUnion('type', [runEventSchema, driftEventSchema]);
export type Notification = z.output<typeof notificationSchema>;
