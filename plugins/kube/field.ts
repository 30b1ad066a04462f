import { z } from 'zod';
import { defineAction } from '../../core/action.js';
import { PermanentError } from '../../core/errors.js';
import { excerpt, jsonBytes } from '../../core/excerpt.js';
import { isObject, sameJson, type Json, type JsonObject } from '../../core/json.js';
import type { Target } from '../../core/target.js';
import { compareAndSet } from './api/compare-and-set.js';
import { find } from './api/kubectl.js';
import type { Meta } from './api/objects.js';
import { fieldManager } from './manifests/applied.js';
import { namespaceName, objectName, resourceKind } from './names.js';

const scalar = z.union([z.string().max(256), z.number(), z.boolean()]);

const inputSchema = z.strictObject({
  kind: resourceKind.describe('Kind of the object, such as service or deployments.apps.'),
  name: objectName.describe('Name of the object.'),
  namespace: namespaceName
    .optional()
    .describe('Its namespace; `default` unless told. Kinds without namespaces have none.'),
  path: z
    .array(z.string().min(1).max(128))
    .min(2)
    .max(10)
    .refine(
      ([first, second]) =>
        first === 'spec' || first === 'data' || (first === 'metadata' && second === 'annotations'),
      'begin with spec, data, or metadata and annotations',
    )
    .describe('Names on the way to the field, such as [spec, externalTrafficPolicy].'),
  value: z
    .union([scalar, z.array(scalar).max(16), z.null()])
    .describe('Value that it must have; null takes the field away.'),
});
type Input = z.output<typeof inputSchema>;

interface Any {
  readonly metadata: Meta;
}

const mostBytes = 700;

async function look(cluster: Target, { kind, name, namespace = 'default' }: Input): Promise<Any> {
  const object = await find<Any>(cluster, kind, name, namespace);
  if (object !== null) return object;
  throw new PermanentError('refused', `${cluster.name} has no ${kind} '${name}'`, {
    hint: 'Correct kind, name or namespace; kubectl get lists what there is.',
  });
}

/** The value at the path; null where there is none. */
function valueAt(object: Any, path: readonly string[]): Json {
  const found = path.reduce<unknown>(
    (value, key) => (isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined),
    object,
  );
  return found === undefined ? null : (found as Json);
}

/** A merge patch that sets exactly this field. */
function patchOf(path: readonly string[], value: Json): JsonObject {
  return path.reduceRight<Json>((inner, key) => ({ [key]: inner }), value) as JsonObject;
}

async function set(cluster: Target, input: Input, value: Json): Promise<void> {
  const { kind, name, namespace = 'default', path } = input;
  const write = (object: Any): readonly string[] | null => {
    if (sameJson(valueAt(object, path), value)) return null;
    const { resourceVersion = '' } = object.metadata;
    const patch = patchOf(path, value);
    const metadata = isObject(patch['metadata']) ? patch['metadata'] : {};
    return [
      'patch',
      kind,
      name,
      `--namespace=${namespace}`,
      '--type=merge',
      `--field-manager=${fieldManager}`,
      `--patch=${JSON.stringify({ ...patch, metadata: { ...metadata, resourceVersion } })}`,
      '--output=name',
    ];
  };
  await compareAndSet(cluster, `patch ${kind} ${name}`, () => look(cluster, input), write);
}

/** One field of an object. */
export const kubeField = defineAction({
  name: 'kube.field',
  summary: 'Sets one field of an object, and leaves everything else of it alone.',
  impact: 'disrupt',
  on: 'cluster',
  slow: true,
  input: inputSchema,
  output: z.strictObject({
    value: z.string().describe('Value of the field as JSON; null where it has none.'),
  }),
  resource: ({ kind, name, namespace, path }) =>
    `${kind}/${namespace === undefined ? '' : `${namespace}/`}${name}/${path.join('.')}`,
  async check({ target }, input) {
    const value = valueAt(await look(target, input), input.path);
    if (jsonBytes(value) > mostBytes) {
      throw new PermanentError(
        'refused',
        `${target.name}: ${input.path.join('.')} of ${input.kind} ${input.name} is too large to be remembered`,
        { hint: 'Name a field inside of it, or use kube.manifest.' },
      );
    }
    const same = sameJson(value, input.value);
    const shown = (one: Json): string => (one === null ? 'absent' : JSON.stringify(one));
    const what = `${input.kind} ${input.name}: ${input.path.join('.')}`;
    const drift = `${what} is ${shown(value)} instead of ${shown(input.value)}`;
    return {
      before: { value },
      drift: same ? null : excerpt(drift, 256),
      output: { value: JSON.stringify(value) },
    };
  },
  async apply({ target }, input) {
    await set(target, input, input.value);
  },
  async undo({ target }, input, before) {
    await set(target, input, before.value);
  },
  examples: [
    {
      title: 'Only nodes with a pod of its own take calls for a service',
      input: {
        kind: 'service',
        name: 'webpod',
        namespace: 'default',
        path: ['spec', 'externalTrafficPolicy'],
        value: 'Local',
      },
    },
    {
      title: 'A service asks Cilium for one address of a pool',
      input: {
        kind: 'service',
        name: 'webpod',
        path: ['metadata', 'annotations', 'lbipam.cilium.io/ips'],
        value: '172.16.1.1',
      },
    },
    {
      title: 'Five replicas',
      input: { kind: 'deployments.apps', name: 'webpod', path: ['spec', 'replicas'], value: 5 },
    },
  ],
  notes: `A merge patch on the very version of the object that was read; the value found is put back by undo, and
a field that was absent is taken away again.

- For objects that this project does not keep as a whole; those that it keeps belong into a manifest
  (\`kube.manifest\`), which would find the change as drift if it states the field.
- What keeps the object (an operator, a GitOps tool, an autoscaler) may set it back: verify the effect
  with a wait of its own.
- The field manager is \`runbook\`; a field that another manager applied is taken over, as by
  \`kubectl patch\`.`,
});
