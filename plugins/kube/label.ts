import { z } from 'zod';
import { defineAction } from '../../core/action.js';
import { PermanentError } from '../../core/errors.js';
import { excerpt, jsonBytes } from '../../core/excerpt.js';
import type { Target } from '../../core/target.js';
import { compareAndSet } from './api/compare-and-set.js';
import { find } from './api/kubectl.js';
import type { Meta } from './api/objects.js';
import { labelKey, labelValue, namespaceName, objectName, resourceKind } from './names.js';

/** Value per key; null where the label is, or must be, absent. */
type Labels = Readonly<Record<string, string | null>>;

interface Labelled {
  readonly metadata: Meta;
}

const fields = z.strictObject({
  kind: resourceKind.describe('Kind of the object, such as node or deployments.apps.'),
  name: z
    .union([objectName, z.array(objectName).min(1).max(32)])
    .describe('Name of the object, or names of several of that kind.'),
  namespace: namespaceName
    .optional()
    .describe('Its namespace; `default` unless told. Kinds without namespaces have none.'),
  labels: z
    .record(labelKey, labelValue.nullable())
    .refine((labels) => Object.keys(labels).length > 0, 'name at least one label')
    .refine(
      // The state found goes into the history: every key, and at most 63 bytes for its value.
      (labels) => jsonBytes(Object.keys(labels)) + 66 * Object.keys(labels).length <= 1000,
      'these are more labels than the history can hold: use two steps',
    )
    .describe('Labels with their values; null takes a label away.'),
});
const inputSchema = fields.refine(
  ({ name, labels }) => typeof name === 'string' || roomFor(name, labels),
  'these are more objects and labels than the history can hold: use two steps',
);
type Input = z.output<typeof inputSchema>;

/** The state found goes into the history: every name, and for each the keys with at most 63 bytes of value. */
function roomFor(names: readonly string[], labels: Labels): boolean {
  const each = jsonBytes(labels) + 66 * Object.keys(labels).length;
  return names.reduce((sum, name) => sum + jsonBytes(name) + each, 0) <= 1000;
}

/** Names of the objects, each once. */
function namesOf({ name }: Input): readonly string[] {
  return typeof name === 'string' ? [name] : [...new Set(name)].sort();
}

async function look(cluster: Target, input: Input, name: string): Promise<Labelled> {
  const { kind, namespace = 'default' } = input;
  const object = await find<Labelled>(cluster, kind, name, namespace);
  if (object !== null) return object;
  throw new PermanentError('refused', `${cluster.name} has no ${kind} '${name}'`, {
    hint: 'Correct kind, name or namespace; kubectl get lists what there is.',
  });
}

/** Values of exactly these keys now. */
function valuesOf(object: Labelled, keys: readonly string[]): Record<string, string | null> {
  return Object.fromEntries(keys.map((key) => [key, object.metadata.labels?.[key] ?? null]));
}

/** Keys whose values differ. */
function differing(is: Labels, wanted: Labels): string[] {
  return Object.keys(wanted)
    .filter((key) => (is[key] ?? null) !== wanted[key])
    .sort();
}

async function set(cluster: Target, input: Input, name: string, wanted: Labels): Promise<void> {
  const { kind, namespace = 'default' } = input;
  const write = (object: Labelled): readonly string[] | null => {
    const keys = differing(valuesOf(object, Object.keys(wanted)), wanted);
    if (keys.length === 0) return null;
    const changes = keys.map((key) => (wanted[key] === null ? `${key}-` : `${key}=${wanted[key]}`));
    const version = object.metadata.resourceVersion ?? '';
    const options = [`--namespace=${namespace}`, '--overwrite', `--resource-version=${version}`];
    return ['label', kind, name, ...options, '--output=name', ...changes];
  };
  await compareAndSet(cluster, `label ${kind} ${name}`, () => look(cluster, input, name), write);
}

function text(value: string | null | undefined): string {
  return value === null || value === undefined ? 'absent' : `'${value}'`;
}

/** What was found: values by key; by name first, where several objects are named. */
type Before = Labels | Readonly<Record<string, Labels>>;

function foundOf(input: Input, name: string, before: Before): Labels {
  if (typeof input.name === 'string') return before as Labels;
  return (before as Readonly<Record<string, Labels>>)[name] ?? {};
}

/** Sets or takes away labels of objects. */
export const kubeLabel = defineAction({
  name: 'kube.label',
  summary: 'Sets or takes away labels of one object, or of several of a kind.',
  impact: 'change',
  on: 'cluster',
  slow: true,
  input: inputSchema,
  output: z.strictObject({}),
  resource: (input) => {
    const { kind, namespace, labels } = input;
    const place = namespace === undefined ? '' : `${namespace}/`;
    return `${kind}/${place}${namesOf(input).join(',')}/labels/${Object.keys(labels).sort().join(',')}`;
  },
  async check({ target }, input) {
    const found: Record<string, Labels> = {};
    const drift: string[] = [];
    for (const name of namesOf(input)) {
      const is = valuesOf(await look(target, input, name), Object.keys(input.labels));
      found[name] = is;
      const differ = differing(is, input.labels).map(
        (key) => `${key} is ${text(is[key])} instead of ${text(input.labels[key])}`,
      );
      if (differ.length > 0) drift.push(`${input.kind} ${name}: ${differ.join('; ')}`);
    }
    const before: Before = typeof input.name === 'string' ? (found[input.name] ?? {}) : found;
    return {
      before,
      drift: drift.length === 0 ? null : excerpt(drift.join('; '), 256),
      output: {},
    };
  },
  async apply({ target }, input) {
    for (const name of namesOf(input)) await set(target, input, name, input.labels);
  },
  async undo({ target }, input, before) {
    for (const name of namesOf(input)) await set(target, input, name, foundOf(input, name, before));
  },
  examples: [
    {
      title: 'A node takes part in BGP',
      input: { kind: 'node', name: 'k8s-w0', labels: { 'enable-bgp': 'true' } },
    },
    {
      title: 'Three nodes at once',
      input: {
        kind: 'node',
        name: ['k8s-ctr', 'k8s-w0', 'k8s-w1'],
        labels: { 'enable-bgp': 'true' },
      },
    },
    {
      title: 'A service is no longer advertised',
      input: {
        kind: 'service',
        name: 'webpod',
        namespace: 'default',
        labels: { advertise: null },
      },
    },
  ],
  notes: `Undo puts back the former values of exactly these keys, and takes away those that were absent.

- Other labels of the object are not touched; changes that others make meanwhile are not overwritten.
- A label is a wish: what it selects (a BGP peering, a pool) follows later, and is verified by a wait of
  its own.`,
});
