import { z } from 'zod';
import { durationPattern } from '../duration.js';
import { failurePolicies } from '../run/kinds.js';
import { leaseModes } from '../run/lease.js';

/** Names that a runbook may not have: they are workflow types of the engine itself. */
export const reservedNames = [
  'lease',
  'plan',
  'log',
  'notification',
  'undo-run',
  'default',
  'interceptors',
  'constructor',
] as const;

/** Name of a runbook or step: lower case words with hyphens. */
export const namePattern = /^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/;
/** Name of an input: usable in expressions without quotes; its flag is the same in kebab case. */
export const inputNamePattern = /^[a-z][A-Za-z0-9]*$/;

const expressionText = /^\s*\$\{\{[\s\S]*\}\}\s*$/;

const stepId = z
  .string()
  .regex(namePattern, 'an id is lower case words with hyphens, such as routes-gone')
  .max(63)
  // Every object has it: an expression could not tell the step from that.
  .refine((id) => id !== 'constructor', "'constructor' is not a name for a step");
const expression = z.string().regex(expressionText, 'write an expression: "${{ … }}"');
const duration = z
  .union([
    z.string().regex(durationPattern, 'not a duration: write it as 250ms, 90s, 10m or 1h30m'),
    expression,
  ])
  .meta({ format: 'duration' });
const value = z.json();
const inputValues = z.record(z.string(), value);

const inputBase = {
  description: z.string().min(1).describe('What it is for: shown by --help.'),
  optional: z.boolean().optional().describe('May be left out; test with has(inputs.x).'),
};
const stringInput = z.strictObject({
  type: z.literal('string'),
  ...inputBase,
  enum: z.array(z.string()).min(1).optional().describe('The allowed values.'),
  pattern: z.string().optional().describe('Glob that the value must match, such as k8s-*.'),
  default: z.string().optional(),
});
const numberInput = z.strictObject({
  type: z.enum(['number', 'integer']),
  ...inputBase,
  minimum: z.number().optional(),
  maximum: z.number().optional(),
  default: z.number().optional(),
});
const booleanInput = z.strictObject({
  type: z.literal('boolean'),
  ...inputBase,
  default: z.boolean().optional(),
});
const durationInput = z.strictObject({
  type: z.literal('duration'),
  ...inputBase,
  default: z.string().regex(durationPattern).optional(),
});
const targetInput = z.strictObject({
  type: z.literal('target'),
  ...inputBase,
  kind: z.enum(['host', 'cluster']).describe('Kind of target.'),
  group: z.string().optional().describe('Only members of this group.'),
  default: z.string().optional(),
});
const runbookInput = z.strictObject({
  type: z.literal('runbook'),
  ...inputBase,
  default: z.string().optional(),
});
const listInput = z.strictObject({
  type: z.literal('list'),
  ...inputBase,
  items: z
    .enum(['string', 'number', 'host', 'cluster'])
    .describe('What the list holds; host and cluster are names of the inventory.'),
  default: z.array(z.union([z.string(), z.number()])).optional(),
});

/** What a runbook asks for. */
export const inputSchema = z.discriminatedUnion('type', [
  stringInput,
  numberInput,
  booleanInput,
  durationInput,
  targetInput,
  runbookInput,
  listInput,
]);
export type InputSpec = z.output<typeof inputSchema>;

const onFailure = z
  .enum(failurePolicies)
  .describe(
    'park: wait for a decision · undo: put everything back · stop: end here · continue: go on without this step',
  );

const retry = z
  .strictObject({
    attempts: z.int().min(1).max(100).describe('How often a transient failure is tried in all.'),
    interval: duration.optional().describe('Pause before the second attempt; 1s unless told.'),
    backoff: z
      .number()
      .min(1)
      .max(10)
      .optional()
      .describe('Factor by which the pause grows; 2 unless told.'),
    maxInterval: duration.optional().describe('The longest pause; 30s unless told.'),
  })
  .describe('Attempts at a transient failure; 3 unless told.');
const settle = z
  .strictObject({
    timeout: duration.describe('How long the effect may take to show.'),
    every: duration.optional().describe('How often to look.'),
  })
  .describe('How long to wait for the effect.');

const lock = z.union([
  z.string().min(1),
  z.strictObject({
    lease: z.string().min(1).describe('Name of the lease.'),
    mode: z
      .enum(leaseModes)
      .describe('exclusive: alone, as a plain name is held · shared: beside others that share it'),
  }),
]);
/** A lease by its name, or with how it is held. */
export type Lock = z.output<typeof lock>;

const common = {
  id: stepId.describe('Name of the step within its runbook.'),
  title: z.string().optional().describe('Shown instead of the id.'),
  if: expression.optional().describe('Skips the step when false.'),
  onFailure: onFailure.optional(),
  locks: z.array(lock).optional().describe('Leases held during this step alone; waits for them.'),
};
const targeted = {
  on: z
    .union([z.string(), z.array(z.string()).min(1)])
    .optional()
    .describe('Target: a name or an expression; a list runs one step per target.'),
  input: z
    .union([inputValues, expression])
    .optional()
    .describe('Input of the action; one expression may give the whole of it.'),
  retry: retry.optional(),
  settle: settle.optional(),
};

/** A step that only checks, after the locks and before the first change; drift refuses the run. */
export const guardSchema = z.strictObject({
  id: stepId,
  title: z.string().optional(),
  if: expression.optional().describe('Leaves the guard out when false.'),
  action: z.string().describe('Action whose check must find no drift.'),
  on: targeted.on,
  input: targeted.input,
});
export type Guard = z.output<typeof guardSchema>;

const actionStep = z.strictObject({
  ...common,
  action: z.string().describe('Action to bring about, such as kube.schedulable.'),
  ...targeted,
  timeout: duration
    .optional()
    .describe('The longest one attempt may take, apply and verify together.'),
  afterUndo: z
    .array(stepId)
    .optional()
    .describe(
      'Waits that must hold before the next step is undone, and later actions that are undone only then.',
    ),
});
const waitStep = z.strictObject({
  ...common,
  wait: z.string().describe('Read-only action whose condition is awaited, within settle.'),
  ...targeted,
});
const restoreStep = z.strictObject({
  ...common,
  restore: stepId.describe('Earlier step whose former state is put back.'),
  retry: retry.optional(),
  settle: settle.optional(),
  timeout: duration.optional(),
});
const delayStep = z.strictObject({ ...common, delay: duration.describe('How long to wait.') });
const askedPeople = z.array(z.string().min(1)).min(1);
const approvalStep = z.strictObject({
  ...common,
  approval: z.string().min(1).describe('What a person is asked to approve.'),
  approvers: askedPeople
    .optional()
    .describe('Who may vote: people and groups of the project file; anybody unless told.'),
  quorum: z
    .int()
    .min(1)
    .max(50)
    .optional()
    .describe('How many different people must approve; 1 unless told.'),
  excludeStarter: z
    .boolean()
    .optional()
    .describe('True: the one who has started the run has no vote.'),
  timeout: duration.optional(),
  onTimeout: z
    .enum(['reject', 'approve', 'escalate'])
    .optional()
    .describe('Outcome when too few answer in time; reject unless told.'),
  escalate: z
    .strictObject({
      to: askedPeople.describe('Who is asked besides.'),
      timeout: duration.describe('How long they have; then it is rejected.'),
    })
    .optional()
    .describe('For onTimeout: escalate.'),
});
const manualStep = z.strictObject({
  ...common,
  manual: z.string().min(1).describe('What a person is to do, and then confirm.'),
  timeout: duration.optional(),
  onTimeout: z
    .enum(['fail', 'continue'])
    .optional()
    .describe('Outcome when nobody confirms in time; fail unless told.'),
});
const callStep = z.strictObject({
  ...common,
  call: z.string().min(1).describe('Runbook to run here, by name.'),
  input: inputValues.optional().describe('Its inputs.'),
});
/** Of a fleet: so many items, or a percentage of all. */
const share = z.union([
  z.int().min(0),
  z.string().regex(/^(?:100|[1-9]?\d)%$/, 'write a number of items, or a percentage such as 25%'),
]);
/** So many items of a fleet, or a percentage of all. */
export type Share = z.output<typeof share>;
const forEachBase = z.strictObject({
  ...common,
  locks: z
    .array(lock)
    .optional()
    .describe('Leases that each item holds during its own steps, such as host/${{ item }}.'),
  forEach: z
    .union([expression, z.array(value).min(1)])
    .describe(
      "Items: names, numbers, or maps with a 'name'; each runs the steps as a run of its own, and is `item` to them.",
    ),
  target: z
    .string()
    .optional()
    .describe('Target of steps that name none; unless told the item, where it is a target.'),
  waves: z
    .array(share)
    .min(1)
    .optional()
    .describe(
      'How many items are through after each wave, such as [1, 25%, 100%]; one wave unless told.',
    ),
  maxUnavailable: share
    .optional()
    .describe(
      'Items at work, or parked, at the same time; 1 unless told. A percentage is rounded down.',
    ),
  failureBudget: z
    .union([share, z.strictObject({ wave: share.optional(), total: share.optional() })])
    .optional()
    .describe(
      'Items that may fail before no further one is begun; 0 unless told. A percentage is rounded down.',
    ),
  health: z.array(guardSchema).optional().describe('Conditions that must hold between two waves.'),
});
const forEachStep = z.strictObject({
  ...forEachBase.shape,
  get steps() {
    return z.array(stepSchema).min(1).describe('What to do for each item, in order.');
  },
});
const parallelStep = z.strictObject({
  ...common,
  get parallel() {
    return z.array(stepSchema).min(1).describe('Steps that run at the same time.');
  },
});
const groupStep = z.strictObject({
  ...common,
  get steps() {
    return z.array(stepSchema).min(1).describe('Steps that share a condition.');
  },
});

/** One step. Exactly one of `stepKinds` says what it does. */
export const stepSchema: z.ZodType<Step> = z.lazy(() =>
  z.union([
    actionStep,
    waitStep,
    restoreStep,
    delayStep,
    approvalStep,
    manualStep,
    callStep,
    forEachStep,
    parallelStep,
    groupStep,
  ]),
) as z.ZodType<Step>;

type Group<K extends string> = Omit<z.output<typeof delayStep>, 'delay'> & {
  readonly [key in K]: readonly Step[];
};
export type ActionStep = z.output<typeof actionStep>;
export type WaitStep = z.output<typeof waitStep>;
export type RestoreStep = z.output<typeof restoreStep>;
export type DelayStep = z.output<typeof delayStep>;
export type ApprovalStep = z.output<typeof approvalStep>;
export type ManualStep = z.output<typeof manualStep>;
export type CallStep = z.output<typeof callStep>;
export type ForEachStep = z.output<typeof forEachBase> & {
  readonly steps: readonly Step[];
};
export type ParallelStep = Group<'parallel'>;
export type GroupStep = Group<'steps'>;
export type Step =
  | ActionStep
  | WaitStep
  | RestoreStep
  | DelayStep
  | ApprovalStep
  | ManualStep
  | CallStep
  | ForEachStep
  | ParallelStep
  | GroupStep;

/** A check that runs again and again beside the steps; its calls are counted. */
export const probeSchema = z.strictObject({
  id: stepId,
  title: z.string().optional(),
  if: expression.optional(),
  action: z.string().describe('Read-only action that can be used as a probe, such as http.probe.'),
  on: targeted.on,
  input: targeted.input,
  maxFailed: z
    .int()
    .min(0)
    .optional()
    .describe(
      "Failed calls that are still all right; more are reported as a failure of the run's probe.",
    ),
});
export type Probe = z.output<typeof probeSchema>;

/** A runbook file. */
export const runbookSchema = z.strictObject({
  apiVersion: z.literal('runbook/v1'),
  name: z
    .string()
    .regex(namePattern, 'a runbook name is lower case words with hyphens')
    .max(63)
    .refine((name) => !(reservedNames as readonly string[]).includes(name), 'this name is reserved')
    .describe('Name: also the workflow type in Temporal.'),
  title: z.string().optional().describe('One line for lists.'),
  description: z.string().optional().describe('What it does and when to use it.'),
  inputs: z
    .record(
      z.string().regex(inputNamePattern, 'an input name is camelCase letters and digits'),
      inputSchema,
    )
    .optional()
    .describe('What it asks for; each input is a flag of start and plan.'),
  target: z.string().optional().describe('Target of steps that name none.'),
  locks: z.array(lock).optional().describe('Leases held during the run, such as host/k8s-w0.'),
  probes: z.array(probeSchema).optional().describe('Checks that run beside the steps.'),
  guards: z.array(guardSchema).optional().describe('Conditions without which nothing is touched.'),
  steps: z.array(stepSchema).min(1).describe('What to do, in order.'),
  outputs: z
    .record(z.string().regex(inputNamePattern), value)
    .optional()
    .describe('Results for the runbook that calls this one.'),
  onFailure: onFailure.optional(),
  finally: z
    .array(stepSchema)
    .optional()
    .describe('Steps that run at the end in any case, also after cancel.'),
});
export type Runbook = z.output<typeof runbookSchema>;
