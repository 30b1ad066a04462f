import { z } from 'zod';
import { defineAction } from '../../core/action.js';
import { excerpt, fitting } from '../../core/excerpt.js';
import { list } from './api/kubectl.js';
import type { Node, Pod } from './api/objects.js';
import { lint, lintRules } from './manifests/lint.js';
import { manifestObject } from './manifests/object.js';
import { namespaceName } from './names.js';
import { isSchedulable } from './nodes/look.js';

const inputSchema = z.strictObject({
  manifest: z
    .union([manifestObject, z.array(manifestObject).min(1).max(20)])
    .describe('Object, or list of up to 20 objects, as kube.manifest takes it.'),
  namespace: namespaceName.default('default').describe('Namespace of the objects that state none.'),
  ignore: z
    .array(z.enum(lintRules))
    .default([])
    .describe('Rules that do not count: what they find is wanted here.'),
});

/** What a manifest would do that nobody wants. */
export const kubeLint = defineAction({
  name: 'kube.lint',
  summary: 'Holds when a manifest has none of the faults that the API server takes without a word.',
  impact: 'read',
  on: 'cluster',
  slow: true,
  input: inputSchema,
  output: z.strictObject({
    findings: z
      .array(
        z.strictObject({
          rule: z.enum(lintRules).describe('Rule that found it.'),
          object: z.string().describe('Object that it is in.'),
        }),
      )
      .describe('What was found, those of ignored rules included; as many as fit.'),
    more: z.int().describe('How many more were found.'),
  }),
  async check({ target }, { manifest, namespace, ignore }) {
    const objects = Array.isArray(manifest) ? manifest : [manifest];
    const places = [...new Set([namespace, ...objects.map((one) => one.metadata.namespace)])];
    const pods = (
      await Promise.all(
        places
          .filter((place) => place !== undefined)
          .map((place) => list<Pod>(target, 'pods', [`--namespace=${place}`])),
      )
    ).flat();
    const nodes = await list<Node>(target, 'nodes', []);
    const found = lint(objects, namespace, {
      pods: pods.map(({ metadata }) => ({
        namespace: metadata.namespace ?? '',
        labels: metadata.labels ?? {},
      })),
      nodes: nodes.filter(isSchedulable),
    });
    const counted = found.filter(({ rule }) => !ignore.includes(rule));
    const told = counted.map(({ rule, object, message }) => `${object}: ${message} (${rule})`);
    const { kept, more } = fitting(
      found.map(({ rule, object }) => ({ rule, object })),
      800,
    );
    return {
      before: null,
      drift: told.length === 0 ? null : excerpt(told.join('; '), 256),
      output: { findings: kept, more },
    };
  },
  examples: [
    {
      title: 'An anti-affinity about a label that no pod has, and an image without a tag',
      input: {
        manifest: {
          apiVersion: 'apps/v1',
          kind: 'Deployment',
          metadata: { name: 'webpod' },
          spec: {
            replicas: 3,
            selector: { matchLabels: { app: 'webpod' } },
            template: {
              metadata: { labels: { app: 'webpod' } },
              spec: {
                affinity: {
                  podAntiAffinity: {
                    requiredDuringSchedulingIgnoredDuringExecution: [
                      {
                        labelSelector: { matchLabels: { app: 'sample-app' } },
                        topologyKey: 'kubernetes.io/hostname',
                      },
                    ],
                  },
                },
                containers: [{ name: 'webpod', image: 'traefik/whoami' }],
              },
            },
          },
        },
      },
    },
    {
      title: 'A pod for debugging, which is meant to be without a controller',
      input: {
        manifest: {
          apiVersion: 'v1',
          kind: 'Pod',
          metadata: { name: 'curl-pod' },
          spec: { containers: [{ name: 'curl', image: 'nicolaka/netshoot:v0.13' }] },
        },
        ignore: ['bare-pod'],
      },
    },
  ],
  notes: `Reads the manifest, the labels of the pods that are there, and the number of nodes. Rules:

- \`image-tag\`: an image without a tag or digest, or with the tag \`latest\`: what runs changes by itself.
- \`bare-pod\`: a pod without a controller; a drain of its node stops at it.
- \`node-name\`: a pod that names its node; the scheduler is not asked.
- \`selector-matches-nothing\`: an affinity, anti-affinity, spread constraint or Service about labels that
  no pod has, neither in the manifest nor in the cluster. Terms that look into other namespaces are not
  judged.
- \`anti-affinity-too-strict\`: as many replicas as nodes, none of which may share one: with a node in
  maintenance a pod stays Pending. Prefer \`preferredDuringScheduling…\` or a topology spread with
  \`ScheduleAnyway\`.
- \`workload-selector\`: a workload whose selector does not match its own pods.

What it does not say is no proof that the pods run, or run where they should: wait with \`kube.rollout\`
and \`kube.spread\`.`,
});
