import { z } from 'zod';
import type { Json } from './json.js';
import { stepKinds } from './run/kinds.js';
import { decisionVerbs, planKinds, runStates, stepOutcomes, stepPhases } from './run/outcome.js';

/** Any JSON value, typed as ours: zod's own type is mutable. */
const json: z.ZodType<Json> = z.json() as z.ZodType as z.ZodType<Json>;
const time = z.iso.datetime().describe('RFC 3339, UTC.');

/** Why something did not go well: for people, with a page per code in docs/errors. */
export const failureSchema = z.strictObject({
  code: z.string().describe('Code of the error; each has a page in docs/errors.'),
  message: z.string().describe('What, where and why.'),
  hint: z.string().nullable().describe('What to do next.'),
  class: z.enum(['transient', 'permanent', 'in-doubt']).describe('Whether trying again can help.'),
});
export type Failure = z.output<typeof failureSchema>;

/** Kinds of a recorded step: those of a definition, guards, and the items of a fleet. */
export const recordedKinds = [...stepKinds, 'guard', 'item'] as const;
export type RecordedKind = (typeof recordedKinds)[number];

export const stepRecordSchema = z.strictObject({
  path: z
    .string()
    .describe(
      'Path of the step: ids of the groups and calls around it, its own, and its target in a list.',
    ),
  title: z.string(),
  kind: z.enum(recordedKinds),
  action: z.string().nullable(),
  target: z.string().nullable(),
  phase: z
    .enum(stepPhases)
    .nullable()
    .describe('What it is doing; null before it begins and after it ended.'),
  outcome: z.enum(stepOutcomes).nullable().describe('How it ended; null before that.'),
  drift: z.string().nullable().describe('What differed from the wanted state; at most 256 bytes.'),
  before: json.describe('State found before the first change; at most 1 KiB.'),
  output: z.record(z.string(), json).nullable().describe('Results for later steps; at most 1 KiB.'),
  resource: z.string().nullable().describe('What the step owns.'),
  applied: z
    .boolean()
    .describe('True from the moment an apply was begun: something may have changed.'),
  restored: z.boolean().describe('True when `before` has been put back.'),
  claims: z
    .array(z.string())
    .optional()
    .describe('For an item of a fleet that is through: keys of the resources it has a say in.'),
  attempts: z.int().describe('Attempts begun.'),
  startedAt: time.nullable(),
  endedAt: time.nullable(),
  failure: failureSchema.nullable(),
  note: z.string().nullable().describe('Why it was skipped, confirmed or left as it is.'),
});
export type StepRecord = z.output<typeof stepRecordSchema>;

export const decisionSchema = z.strictObject({
  at: time,
  by: z.string().describe('Who claims to have decided.'),
  verb: z.enum(decisionVerbs),
  step: z.string().nullable().describe('Path of the step decided upon; null for the whole run.'),
  reason: z.string(),
  planHash: z
    .string()
    .optional()
    .describe('Votes: hash of the plan that was voted for; left out where none was shown.'),
  signed: z
    .strictObject({
      key: z.string().describe('Fingerprint of the key that made the signature.'),
      at: time.describe('When it was signed, by the clock of who signed.'),
      asked: time.nullable().describe('Which asking it answers; null for an early vote.'),
      signature: z.string().describe('The signature, as ssh-keygen -Y sign writes it.'),
    })
    .optional()
    .describe('Signature that the worker has verified; without one `by` is a claim.'),
});
export type DecisionRecord = z.output<typeof decisionSchema>;

export const ballotSchema = z.strictObject({
  quorum: z.int().describe('How many different people must approve.'),
  approvers: z.array(z.string()).nullable().describe('Who is asked; null for anybody.'),
  excluded: z.string().nullable().describe('Who may not vote: the one who has started the run.'),
  signatures: z
    .enum(['none', 'optional', 'required'])
    .describe('Whether a vote can be signed, or must be.'),
  planHash: z
    .string()
    .nullable()
    .describe('Hash of the plan of what the approval holds up; null where none was made.'),
  does: z
    .array(z.strictObject({ path: z.string(), kind: z.enum(planKinds) }))
    .describe('Steps of that plan that are more than a look, 40 at most.'),
  votes: z
    .array(
      z.strictObject({
        by: z.string(),
        at: time,
        reason: z.string(),
        signed: z.boolean().describe('Whether a signature was verified.'),
      }),
    )
    .describe('Approvals so far.'),
});
/** What an approval asks for, and the votes that have come in. */
export type Ballot = z.output<typeof ballotSchema>;

export const waitingSchema = z.strictObject({
  path: z.string().describe('Step that waits.'),
  kind: z
    .enum(['park', 'approval', 'manual'])
    .describe('park: it failed and waits for a decision.'),
  message: z.string().describe('What is asked, or what went wrong.'),
  since: time,
  until: time.nullable().describe('When the time-out decides; null when nothing does.'),
  verbs: z.array(z.enum(decisionVerbs)).describe('Decisions that it takes.'),
  ballot: ballotSchema.optional().describe('For an approval: who may vote, on what, and who has.'),
  run: z
    .string()
    .optional()
    .describe('Run that takes the decision, where it is that of an item of a fleet.'),
});
export type Waiting = z.output<typeof waitingSchema>;

const timingSchema = z
  .strictObject({
    buckets: z
      .array(z.tuple([z.int(), z.int()]).readonly())
      .readonly()
      .describe('Answered calls by time: pairs of n and calls that took at most 1.2^n ms.'),
    each: z.int().describe('Calls per cell of the course.'),
    last: z.int().describe('Calls in the last cell.'),
    worstMs: z.array(z.int()).readonly().describe('Slowest answered call of each cell.'),
    lost: z.array(z.int()).readonly().describe('Failed calls of each cell.'),
  })
  .describe('How long the calls took, of probes that tell.');

export const probeRecordSchema = z.strictObject({
  id: z.string(),
  sent: z.int().describe('Calls made.'),
  failed: z.int().describe('Calls that failed.'),
  longestGapMs: z.int().describe('Longest time without a successful call.'),
  maxFailed: z.int().nullable().describe('Failed calls that the runbook allows.'),
  lastFailure: z.string().nullable(),
  timing: timingSchema.optional(),
});
export type ProbeRecord = z.output<typeof probeRecordSchema>;

/** The whole of a run: result of the workflow, answer of its query, `status --json`, `report`. */
export const runRecordSchema = z.strictObject({
  run: z.string().describe('Id of the run, which is the Temporal workflow id.'),
  parent: z.string().optional().describe('Run whose item this is.'),
  undoes: z
    .string()
    .optional()
    .describe('Run that had ended, and whose changes this one puts back.'),
  runbook: z.string(),
  title: z.string(),
  state: z.enum(runStates),
  inputs: z.record(z.string(), json),
  targets: z.array(z.string()).describe('Targets that the run acts on, as far as known.'),
  planHash: z.string().nullable().describe('Plan that the run was started with.'),
  definitionHash: z.string().describe('sha256 of the definition.'),
  startedBy: z.string(),
  proposal: z
    .strictObject({ id: z.string(), by: z.string(), at: time })
    .optional()
    .describe('Who has prepared it for another to start.'),
  startedAt: time,
  endedAt: time.nullable(),
  locks: z.array(z.string()).describe('Leases held, or waited for while queued.'),
  steps: z.array(stepRecordSchema),
  probes: z.array(probeRecordSchema),
  children: z.array(z.string()).describe('Ids of the runs of items.'),
  decisions: z.array(decisionSchema),
  waitingFor: z.array(waitingSchema),
  failure: failureSchema.nullable().describe('Why the run did not succeed.'),
  outputs: z.record(z.string(), json),
  local: z
    .strictObject({
      reason: z.string().describe('Why it did without the server.'),
      host: z.string().describe('Machine that it ran on.'),
    })
    .optional()
    .describe(
      'There for a run without a server (`start --local`): it saw no leases of the server.',
    ),
});
export type RunRecord = z.output<typeof runRecordSchema>;

/** One line of a plan. */
export const plannedStepSchema = z.strictObject({
  path: z.string(),
  title: z.string(),
  kind: z.enum(planKinds),
  action: z.string().nullable(),
  target: z.string().nullable(),
  drift: z.string().nullable().describe('What would change, or why the kind is what it is.'),
  before: json,
});
export type PlannedStep = z.output<typeof plannedStepSchema>;

/** What a run would do, by read-only checks against the live targets. */
export const planSchema = z.strictObject({
  runbook: z.string(),
  hash: z
    .string()
    .describe(
      'sha256 over definition, inputs, inventory, and path, target, kind and before of each step.',
    ),
  inputs: z.record(z.string(), json),
  at: time,
  changes: z.int().describe('Steps that would alter their target.'),
  refused: z.boolean().describe('True when a guard does not hold.'),
  steps: z.array(plannedStepSchema),
});
export type Plan = z.output<typeof planSchema>;
