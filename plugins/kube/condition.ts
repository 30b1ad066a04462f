import { z } from 'zod';
import { defineAction } from '../../core/action.js';
import { excerpt } from '../../core/excerpt.js';
import { find } from './api/kubectl.js';
import { conditionOf, type Condition } from './api/objects.js';
import { namespaceName, objectName, resourceKind } from './names.js';

/** Whether an object has a condition. */
export const kubeCondition = defineAction({
  name: 'kube.condition',
  summary: 'Holds when a condition in the status of an object is as wanted.',
  impact: 'read',
  on: 'cluster',
  slow: true,
  input: z.strictObject({
    kind: resourceKind.describe('Kind of the object, such as services or nodes.'),
    name: objectName.describe('Name of the object.'),
    namespace: namespaceName
      .optional()
      .describe('Its namespace; `default` unless told. Kinds without namespaces have none.'),
    type: z
      .string()
      .max(317)
      .regex(/^[A-Za-z0-9](?:[A-Za-z0-9./_-]*[A-Za-z0-9])?$/, 'not the type of a condition')
      .describe('Type of the condition, such as Ready.'),
    status: z
      .enum(['True', 'False', 'Unknown'])
      .default('True')
      .describe('Status that it must have.'),
  }),
  output: z.strictObject({
    status: z.string().nullable().describe('Its status; null where it has no such condition.'),
  }),
  settle: { timeout: '2m', every: '1s' },
  async check({ target }, { kind, name, namespace = 'default', type, status }) {
    const object = await find<{ readonly status?: { readonly conditions?: readonly Condition[] } }>(
      target,
      kind,
      name,
      namespace,
    );
    const found = object === null ? undefined : conditionOf(object, type);
    const told = [found?.reason, found?.message].filter((one) => one !== undefined && one !== '');
    const why = told.length === 0 ? '' : ` (${told.join(': ')})`;
    let drift: string | null = null;
    if (object === null) drift = `there is no ${kind} ${name}`;
    else if (found === undefined) drift = `${kind} ${name} has no condition ${type} yet`;
    else if (found.status !== status) drift = `${kind} ${name}: ${type} is ${found.status}${why}`;
    return {
      before: null,
      drift: drift === null ? null : excerpt(drift, 256),
      output: { status: found?.status ?? null },
    };
  },
  examples: [
    {
      title: 'Cilium has given the service its address',
      input: { kind: 'services', name: 'webpod', type: 'cilium.io/IPAMRequestSatisfied' },
    },
    {
      title: 'The pool is in conflict with no other',
      input: {
        kind: 'ciliumloadbalancerippools.cilium.io',
        name: 'cilium-pool',
        type: 'cilium.io/PoolConflict',
        status: 'False',
      },
    },
  ],
  notes: `Reads \`status.conditions\` and compares the status alone: the message of a condition may be from before.

- An object that does not exist, or has no such condition, does not hold: it may be on its way.
- A condition is what a controller says; what users feel is for another wait.`,
});
