import { z } from 'zod';
import { acceptedSchema } from '../core/drift/accepted.js';
import { driftShownSchema } from '../core/drift/history.js';
import { evidenceSchema } from '../core/evidence.js';
import {
  decisionSchema,
  planSchema,
  runRecordSchema,
  stepRecordSchema,
  waitingSchema,
} from '../core/record.js';
import { firingOutcomes } from './server/firings.js';
import { leaseModes } from '../core/run/lease.js';
import { decisionVerbs, runStates } from '../core/run/outcome.js';

/**
 * What `--json` prints, per command. One document per command, except for `start`, `watch` and `logs -f`,
 * which print one object per line.
 */

const time = z.iso.datetime().describe('RFC 3339, UTC.');

/** Errors, on standard error, with `--json`. */
export const errorJsonSchema = z.strictObject({
  error: z.strictObject({
    code: z.string().describe('Code of the error; each has a page in docs/errors.'),
    message: z.string().describe('What, where and why.'),
    hint: z.string().nullable().describe('What to do next.'),
    problems: z
      .array(
        z.strictObject({
          file: z.string(),
          line: z.int().describe('1-based; 0 where the file as a whole is meant.'),
          column: z.int(),
          path: z.string(),
          message: z.string(),
          hint: z.string().nullable(),
        }),
      )
      .describe('Problems in files, where the error is about those.'),
    exit: z.int().describe('Exit code.'),
  }),
});

/** A command that decides. */
export const choiceSchema = z.strictObject({
  verb: z.enum(decisionVerbs),
  command: z.string().describe('To be pasted into a shell.'),
  meaning: z.string(),
});

/** Events of `start --json` and `watch --json`. */
export const runEventSchema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('plan'), plan: planSchema }),
  z.strictObject({
    type: z.literal('started'),
    run: z.string(),
    existed: z.boolean().describe('True when a run of this id was there already.'),
    ui: z.string().nullable().describe('Address of the run in the Web UI.'),
  }),
  z.strictObject({ type: z.literal('state'), run: z.string(), state: z.enum(runStates) }),
  z.strictObject({ type: z.literal('step'), run: z.string(), step: stepRecordSchema }),
  z.strictObject({
    type: z.literal('drift'),
    run: z.string(),
    path: z.string(),
    drift: z.string().describe('Why the step is still waiting.'),
  }),
  z.strictObject({ type: z.literal('decision'), run: z.string(), decision: decisionSchema }),
  z.strictObject({
    type: z.literal('waiting'),
    run: z.string(),
    waiting: waitingSchema,
    choices: z.array(choiceSchema),
  }),
  z.strictObject({ type: z.literal('trouble'), run: z.string(), message: z.string() }),
  z.strictObject({ type: z.literal('ended'), run: z.string(), record: runRecordSchema }),
]);
export type RunEventJson = z.output<typeof runEventSchema>;

/** `status RUN --json`. */
export const statusSchema = runRecordSchema;

/** `plan --json`. */
export const planJsonSchema = planSchema;

/** `drift RUNBOOK --json`: the plan, with what people have accepted of it. */
export const driftJsonSchema = planSchema.extend({
  accepted: z.array(acceptedSchema).describe('Drift that does not count.'),
});

/** `drift show --json`: also docs/reference/drift.schema.json. */
export const driftShowSchema = driftShownSchema;

/** `drift accept … --json`: what is accepted, or taken back, now; with `--list` all there is. */
export const driftAcceptedSchema = z.array(acceptedSchema);

/** `propose --json`. */
export const proposalSchema = z.strictObject({
  id: z.string().describe('For start --proposal.'),
  by: z.string().describe('Who claims to have proposed it.'),
  at: time,
  reason: z.string(),
  run: z.string().nullable().describe('Run that was started with it; null where none was.'),
  plan: planSchema,
  definitionHash: z.string().describe('sha256 of the definition.'),
  inputs: z.record(z.string(), z.json()).describe('Inputs as given.'),
});

/** One run of `runs --json`. */
export const runSummarySchema = z.strictObject({
  run: z.string(),
  runbook: z.string(),
  state: z.enum(runStates),
  targets: z.array(z.string()),
  startedBy: z.string(),
  startedAt: time,
  endedAt: time.nullable(),
});
/** `runs --json`, newest first. */
export const runsSchema = z.array(runSummarySchema);

/** `list --json`. */
export const listSchema = z.array(
  z.strictObject({
    name: z.string(),
    title: z.string().nullable(),
    description: z.string().nullable(),
    source: z.enum(['project', 'package']),
    file: z.string(),
    problems: z
      .int()
      .describe('Number of problems of its schema; 0 for a runbook that can be read.'),
  }),
);

const problem = errorJsonSchema.shape.error.shape.problems.element;
/** `validate --json`. */
export const validateSchema = z.strictObject({
  ok: z.boolean(),
  files: z.array(
    z.strictObject({
      file: z.string(),
      runbook: z.string().nullable(),
      problems: z.array(problem),
    }),
  ),
});

const claim = z.strictObject({
  run: z.string().describe('Id of the run; hold/USER for what a person holds.'),
  user: z.string(),
  purpose: z.string().describe('Name of the runbook, or the reason that a person gave.'),
  mode: z.enum(leaseModes),
  since: time,
  until: time.nullable().describe('When a hold ends by itself; null for a run.'),
});
const holderSchema = claim.extend({
  fence: z.int().describe('Grows with every grant of the lease.'),
});
/** `leases --json`. */
export const leasesSchema = z.array(
  z.strictObject({
    resource: z.string(),
    holders: z.array(holderSchema).describe('One, or several that share it.'),
    queue: z.array(claim),
    fence: z.int().describe('The highest number that was given out.'),
  }),
);

/** `hold LEASE --json`, and `leases break LEASE --json`: whose it was. */
export const holdSchema = z.strictObject({
  resource: z.string(),
  holder: holderSchema.nullable().describe('Null after it was given back.'),
});

/** `dev status --json`. */
export const devStatusSchema = z.strictObject({
  stateDir: z.string(),
  server: z
    .strictObject({
      pid: z.int(),
      address: z.string(),
      ui: z.string(),
      version: z.string().describe('Version of the Temporal server.'),
    })
    .nullable()
    .describe('Null where none is running.'),
  worker: z
    .strictObject({ pid: z.int(), taskQueue: z.string() })
    .nullable()
    .describe("The project's worker; null where none is running."),
});

/** `codec key --json`. */
export const codecKeySchema = z.strictObject({
  key: z.string().describe('A new key as a line of a ring: id:base64.'),
});

/** `codec serve --json`, one line once it listens. */
export const codecServeSchema = z.strictObject({
  address: z.string().describe('Where the Web UI finds it.'),
  origin: z.string().describe('The Web UI whose pages may ask.'),
});

/** `actions --json`. */
export const actionsSchema = z.array(
  z.strictObject({
    name: z.string(),
    summary: z.string(),
    impact: z.string(),
    on: z.string(),
    slow: z.boolean(),
    repeatable: z.union([z.boolean(), z.literal('by input')]),
    timeout: z.string(),
    settle: z.strictObject({ timeout: z.string(), every: z.string() }),
    undo: z.enum(['reversible', 'irreversible', 'nothing']),
    probe: z.boolean(),
    notes: z.string().nullable(),
    input: z.record(z.string(), z.unknown()).describe('JSON Schema of the input.'),
    output: z.record(z.string(), z.unknown()).describe('JSON Schema of the output.'),
    examples: z.array(
      z.strictObject({ title: z.string(), input: z.record(z.string(), z.unknown()) }),
    ),
  }),
);

/** `doctor --json`. */
export const doctorSchema = z.strictObject({
  ok: z.boolean(),
  checks: z.array(
    z.strictObject({
      name: z.string(),
      status: z.enum(['ok', 'note', 'broken']),
      found: z.string(),
      mend: z.string().nullable().describe('What to do about it.'),
    }),
  ),
});

/** `notify test --json`. */
export const notifyTestSchema = z.array(
  z.strictObject({
    receiver: z.string(),
    delivered: z.boolean(),
    why: z.string().nullable().describe('Why it was not delivered.'),
  }),
);

/** `report RUN --format json`, or `--json`. */
export const reportSchema = evidenceSchema.extend({ record: runRecordSchema });

/** `export RUN --output FILE --json`. Without `--output` the file itself is printed. */
export const exportedSchema = z.strictObject({
  run: z.string(),
  file: z.string(),
  bytes: z.int().describe('Size of the file.'),
  sha256: z.string().describe('Of the content, as it stands in the file.'),
  definition: z.boolean().describe('Whether the runbook as it was run is in it.'),
  logs: z.array(
    z.strictObject({
      name: z.string(),
      bytes: z.int(),
      sha256: z.string(),
      included: z.boolean().describe('False: too large to come along.'),
    }),
  ),
});

/** `import FILE --json`. */
export const importedSchema = z.strictObject({
  run: z.string(),
  state: z.enum(runStates),
  kept: z
    .enum(['new', 'completed', 'same'])
    .describe('completed: its record was here, its logs were not; same: nothing was to be done.'),
  sha256: z.string().describe('Of the content, as it stands in the file.'),
});

/** One firing of a schedule: a plan that was made, and whether it found drift. */
const firingSchema = z.strictObject({
  at: time.describe('When it was due.'),
  workflow: z.string().describe('Id of its workflow.'),
  outcome: z
    .enum(firingOutcomes)
    .describe('undetermined: a check failed; forgotten: the server has it no more.'),
  steps: z
    .array(
      z.strictObject({
        path: z.string(),
        target: z.string().nullable(),
        kind: z.string().describe('Kind of the planned step.'),
        drift: z.string().nullable(),
      }),
    )
    .describe('Steps that have drifted or could not be checked.'),
  failure: z
    .strictObject({ code: z.string(), message: z.string(), hint: z.string().nullable() })
    .nullable()
    .describe('Why no plan could be made.'),
});

/** `schedule show NAME --json`, `schedule create … --json`. */
export const scheduleSchema = z.strictObject({
  schedule: z.string(),
  runbook: z.string(),
  inputs: z.array(z.string()).describe('As flags of a command line.'),
  timing: z.string().describe('As flags of a command line.'),
  paused: z.boolean(),
  note: z.string().nullable().describe('Who has paused or resumed it, and why.'),
  createdBy: z.string(),
  definitionHash: z.string().describe('sha256 of the definition, fixed when it was made.'),
  definitionChanged: z
    .boolean()
    .nullable()
    .describe('Whether the file is another by now; null: there is none here to compare with.'),
  next: z.array(time),
  skipped: z.int().describe('Firings left out because the one before went on.'),
  missed: z.int().describe('Firings that were too late to be made up for.'),
  firings: z.array(firingSchema).describe('The last ones, the newest first.'),
});

/** `schedule list --json`. */
export const schedulesSchema = z.array(
  z.strictObject({
    schedule: z.string(),
    runbook: z.string(),
    paused: z.boolean(),
    note: z.string().nullable(),
    next: time.nullable(),
    last: time.nullable().describe('When it fired last.'),
  }),
);

/** `schedule pause`, `resume`, `trigger` and `delete` with `--json`. */
export const scheduleChangedSchema = z.strictObject({
  schedule: z.string(),
  verb: z.enum(['pause', 'resume', 'trigger', 'delete']),
});

const differenceSchema = z.strictObject({
  name: z.string().describe('What differs, such as outcome, took or input host.'),
  a: z.string().nullable().describe('In the first run; null where it has no such thing.'),
  b: z.string().nullable().describe('In the second run.'),
});

/** `diff A B --json`. */
export const diffSchema = z.strictObject({
  a: z.string().describe('Id of the first run.'),
  b: z.string().describe('Id of the second run.'),
  run: z.array(differenceSchema),
  steps: z.array(z.strictObject({ path: z.string(), differs: z.array(differenceSchema) })),
  same: z.int().describe('Steps of both runs that went the same way.'),
});

/** `retry`, `skip`, `confirm`, `undo`, `cancel`, `pause`, `resume`, `approve`, `reject` with `--json`. */
export const decidedSchema = z.strictObject({
  run: z.string(),
  verb: z.enum(decisionVerbs),
  step: z.string().nullable(),
  by: z.string(),
  reason: z.string(),
});
