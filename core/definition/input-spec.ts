import { z } from 'zod';
import { durationPattern } from '../duration.js';
import type { ProblemBelow } from './problem.js';
import type { Inventory } from './inventory.js';
import { didYouMean } from './nearest.js';

/** Name of an input: usable in expressions without quotes; its flag is the same in kebab case. */
export const inputNamePattern = /^[a-z][A-Za-z0-9]*$/;

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
const fileInput = z.strictObject({
  type: z.literal('file'),
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
  fileInput,
  listInput,
]);
export type InputSpec = z.output<typeof inputSchema>;

/** What is wrong with an input beyond its schema; without an inventory groups are not looked up. */
export function specProblems(spec: InputSpec, inventory: Inventory | null): ProblemBelow[] {
  if (
    spec.type === 'target' &&
    spec.group !== undefined &&
    inventory !== null &&
    !Object.hasOwn(inventory.groups, spec.group)
  ) {
    const hint = didYouMean(spec.group, Object.keys(inventory.groups));
    return [{ path: ['group'], message: `unknown group '${spec.group}'`, hint }];
  }
  if (
    spec.type === 'string' &&
    spec.default !== undefined &&
    spec.enum !== undefined &&
    !spec.enum.includes(spec.default)
  ) {
    const message = `the default '${spec.default}' is not one of ${spec.enum.join(', ')}`;
    return [{ path: ['default'], message, hint: null }];
  }
  return [];
}
