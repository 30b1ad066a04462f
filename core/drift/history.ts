import { z } from 'zod';
import type { Json } from '../json.js';
import { failureSchema } from '../record.js';
import { acceptedSchema } from './accepted.js';

const time = z.iso.datetime().describe('RFC 3339, UTC.');
const json: z.ZodType<Json> = z.json() as z.ZodType as z.ZodType<Json>;

/** Kinds of what a check can find: drift, and a step that it could not look at. */
export const driftKinds = [
  'change',
  'disrupt',
  'destroy',
  'does-not-hold',
  'undetermined',
] as const;
/** What a check comes to. Drift that is accepted does not count. */
export const driftOutcomes = ['no-drift', 'drift', 'undetermined', 'failed'] as const;

const placeSchema = z.strictObject({
  path: z.string().describe('Path of the step.'),
  target: z.string().nullable(),
  kind: z.enum(driftKinds).describe('Kind of the planned step; undetermined: its check failed.'),
});

/** One drift of one step on one target, from the check that saw it first to the one that saw it no more. */
export const driftEntrySchema = placeSchema.extend({
  title: z.string(),
  drift: z.string().nullable().describe('What differs, as the last check told it.'),
  identity: z.string().describe('The same as long as it is the same drift.'),
  since: time.describe('When a check saw it first.'),
  lastSeen: time.describe('When a check saw it last.'),
  gone: time.nullable().describe('When a check saw it no more; null while it lasts.'),
});
export type DriftEntry = z.output<typeof driftEntrySchema>;

const lastCheckSchema = z.strictObject({
  check: z.string().describe('Id of its workflow.'),
  execution: z.string().describe("Temporal's id of that very execution."),
  at: time,
  by: z.string().describe('Who asked, or who made the schedule.'),
  schedule: z.string().nullable().describe('Null for a check by hand.'),
  outcome: z.enum(driftOutcomes),
  failure: failureSchema.nullable().describe('Why nothing could be checked.'),
});

/** The drift of one runbook with one set of inputs over time: a file on the worker's machine. */
export const driftHistorySchema = z.strictObject({
  version: z.literal(1),
  runbook: z.string(),
  title: z.string(),
  inputs: z.record(z.string(), json).describe('As they were given.'),
  mend: z.string().describe('Command that would mend it.'),
  checks: z.int().describe('Checks on record.'),
  last: lastCheckSchema,
  entries: z.array(driftEntrySchema),
});
export type DriftHistory = z.output<typeof driftHistorySchema>;

/** `drift show --json`: one object for each set of inputs. */
export const driftShownSchema = z.array(
  driftHistorySchema.omit({ version: true, entries: true }).extend({
    entries: z.array(
      driftEntrySchema.extend({
        accepted: acceptedSchema
          .pick({ by: true, at: true, until: true, reason: true })
          .nullable()
          .describe('Who lets it be; null where it counts.'),
      }),
    ),
  }),
);
export type DriftShown = z.output<typeof driftShownSchema>[number];
