import { z } from 'zod';
import { namespaceName, objectName } from '../names.js';

/** One object as it is written in a manifest. */
export const manifestObject = z
  .looseObject({
    apiVersion: z
      .string()
      .regex(/^[a-z0-9./-]+$/, 'write an apiVersion such as apps/v1')
      .describe('Version of the API, such as apps/v1.'),
    kind: z
      .string()
      .regex(/^[A-Z][A-Za-z0-9]*$/, 'write a kind such as Deployment')
      .refine((kind) => !kind.endsWith('List'), 'write the objects of a list one by one')
      .describe('Kind of the object, such as Deployment.'),
    metadata: z
      .looseObject({
        name: objectName.describe('Name of the object.'),
        namespace: namespaceName.optional().describe('Namespace of the object.'),
      })
      .describe('Name, namespace, labels and annotations.'),
  })
  .refine((object) => !('status' in object), 'a manifest states no status');
export type ManifestObject = z.output<typeof manifestObject>;

/** An object as the API has it. */
export interface LiveObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly managedFields?: readonly {
      readonly manager?: string;
      readonly operation?: string;
      readonly apiVersion?: string;
      readonly subresource?: string;
      readonly fieldsV1?: Readonly<Record<string, unknown>>;
    }[];
    readonly [key: string]: unknown;
  };
  readonly [key: string]: unknown;
}

/** `Deployment default/webpod`, as messages name an object. */
export function refOf(object: ManifestObject | LiveObject): string {
  const { name, namespace } = object.metadata;
  return `${object.kind} ${namespace === undefined ? '' : `${namespace}/`}${name}`;
}

/** Changes with every change of the object. */
export function versionOf({ metadata }: LiveObject): unknown {
  return metadata['resourceVersion'];
}

/** The same object: group, kind and name; the namespace where both tell one. */
export function isSame(a: ManifestObject | LiveObject, b: ManifestObject | LiveObject): boolean {
  const group = (version: string): string =>
    (version.includes('/') ? version.split('/')[0] : '') ?? '';
  return (
    group(a.apiVersion) === group(b.apiVersion) &&
    a.kind === b.kind &&
    a.metadata.name === b.metadata.name &&
    (a.metadata.namespace === undefined ||
      b.metadata.namespace === undefined ||
      a.metadata.namespace === b.metadata.namespace)
  );
}

/** Neighbours of one namespace, in their order: kubectl takes one namespace per call. */
export function byNamespace<T extends ManifestObject>(
  objects: readonly T[],
  namespace: string,
): { readonly namespace: string; readonly objects: readonly T[] }[] {
  const groups: { namespace: string; objects: T[] }[] = [];
  for (const object of objects) {
    const own = object.metadata.namespace ?? namespace;
    const last = groups.at(-1);
    if (last?.namespace === own) last.objects.push(object);
    else groups.push({ namespace: own, objects: [object] });
  }
  return groups;
}
