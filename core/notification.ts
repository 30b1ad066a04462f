import { z } from 'zod';
import { ballotSchema, failureSchema } from './record.js';
import { noticeKinds } from './run/notices.js';
import { runStates } from './run/outcome.js';

const time = z.iso.datetime().describe('RFC 3339, UTC.');

/** Types of events: one for each notice, and the one that `runbook notify test` sends. */
const types = [
  ...noticeKinds.map((kind) => `io.runbook.run.${kind}` as const),
  'io.runbook.test',
] as const;

/** What a notification says. */
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
    .array(
      z.strictObject({
        command: z.string().describe('To be pasted into a shell.'),
        meaning: z.string(),
      }),
    )
    .describe('Ways on: decisions that the step takes, and where to look.'),
  log: z
    .array(z.string())
    .describe(
      'Last lines of the log of the step, 20 at most; empty where the worker that tells has none.',
    ),
});

/** What receivers are sent: a CloudEvent in JSON, `application/cloudevents+json`. */
export const notificationSchema = z.strictObject({
  specversion: z.literal('1.0'),
  id: z.string().describe('The same each time that the same event is delivered: drop duplicates.'),
  source: z.string().describe('Project and run: /runbook/PROJECT/RUN.'),
  type: z.enum(types),
  subject: z.string().describe('Id of the run, with the path of the step where one is meant.'),
  time: time.describe('When it happened.'),
  datacontenttype: z.literal('application/json'),
  data: notificationDataSchema,
});
export type Notification = z.output<typeof notificationSchema>;
