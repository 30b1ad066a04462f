import { z } from 'zod';
import { defineAction, maySecret } from '../../core/action.js';
import { compare, driftOf } from './manifests/compare.js';
import { applyObjects, deleteObjects, liveObjects } from './manifests/look.js';
import { manifestObject, type ManifestObject } from './manifests/object.js';
import { beforeOf, ownedText } from './manifests/state.js';
import { wayBack } from './manifests/way-back.js';
import { namespaceName } from './names.js';

const inputSchema = z.strictObject({
  manifest: maySecret(z.union([manifestObject, z.array(manifestObject).min(1).max(20)])).describe(
    'Object, or list of up to 20 objects, as in a manifest; applied in this order.',
  ),
  namespace: namespaceName.default('default').describe('Namespace of the objects that state none.'),
});
type Input = z.output<typeof inputSchema>;

function objectsOf({ manifest }: Input): ManifestObject[] {
  return Array.isArray(manifest) ? manifest : [manifest];
}

/** Applies objects on the server side. */
export const kubeManifest = defineAction({
  name: 'kube.manifest',
  summary: 'Applies objects by server-side apply, without taking fields that others own.',
  impact: 'change',
  on: 'cluster',
  slow: true,
  input: inputSchema,
  output: z.strictObject({
    existing: z.int().describe('Objects of the manifest that exist.'),
  }),
  resource: (input) => ownedText(objectsOf(input)),
  async check({ target }, input) {
    const objects = objectsOf(input);
    const found = await compare(target, objects, input.namespace);
    return {
      before: beforeOf(objects, found.live, found.differs, input.namespace),
      drift: driftOf(objects, found),
      output: { existing: found.live.filter((live) => live !== null).length },
    };
  },
  async apply({ target }, input) {
    const objects = objectsOf(input);
    const { live, differs } = await compare(target, objects, input.namespace);
    // What is as wanted is left alone, so that a second apply takes over no fields of others.
    const wanting = objects.filter((_, at) => live[at] === null || (differs[at] ?? []).length > 0);
    if (wanting.length > 0) await applyObjects(target, wanting, input.namespace, false);
  },
  async undo({ target }, input, before) {
    const objects = objectsOf(input);
    const live = await liveObjects(target, objects, input.namespace);
    const { apply, remove } = wayBack(target, objects, input.namespace, live, before);
    await deleteObjects(target, remove, input.namespace);
    await applyObjects(target, apply, input.namespace, false);
  },
  examples: [
    {
      title: 'A pool of addresses for load balancers',
      input: {
        manifest: {
          apiVersion: 'cilium.io/v2',
          kind: 'CiliumLoadBalancerIPPool',
          metadata: { name: 'cilium-pool' },
          spec: { blocks: [{ cidr: '172.16.1.0/24' }] },
        },
      },
    },
    {
      title: 'A namespace with a setting in it',
      input: {
        namespace: 'web',
        manifest: [
          { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'web' } },
          {
            apiVersion: 'v1',
            kind: 'ConfigMap',
            metadata: { name: 'settings' },
            data: { color: 'green' },
          },
        ],
      },
    },
  ],
  notes: `Server-side apply with the field manager \`runbook\`. The check asks the API server what it would make
of the objects (a dry run) and compares that with what is there, so that defaults and the order of lists
are no drift.

- Fields that another manager has set to other values are refused, with its name; nothing is taken by
  force.
- Objects that somebody keeps by client-side apply (\`kubectl apply\` without \`--server-side\`) are changed
  never: kubectl would take over all of their fields and delete those that this manifest does not state.
- Objects that are not there yet are not asked about; their own mistakes show when they are applied.
- Undo deletes the objects that the step made. Of objects that were there it gives up the fields that
  the step set, or puts back those that an earlier apply had set; where that former manifest does not fit
  into the history (1 KiB for all), and for every changed Secret, undo refuses as irreversible, and says
  for which object.
- Deleting a Namespace deletes everything in it, whoever made it.
- Applied is not running: wait with kube.rollout or kube.pods-settled.
- Values of Secrets appear in no drift text and no log.`,
});
