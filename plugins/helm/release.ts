import { z } from 'zod';
import { defineAction, duration, maySecret } from '../../core/action.js';
import { PermanentError } from '../../core/errors.js';
import { excerpt } from '../../core/excerpt.js';
import type { JsonObject } from '../../core/json.js';
import type { Target } from '../../core/target.js';
import { chartOf, type Chart } from './release/chart.js';
import { change } from './release/helm.js';
import { isPending } from './release/history.js';
import { foreign, isOurs, limits, marks, recover } from './release/operation.js';
import { saveValues } from './release/saved.js';
import { differences, notRestored, see, type Before, type Seen } from './release/state.js';
import { merged } from './release/values.js';

const inputSchema = z.strictObject({
  name: z
    .string()
    .max(53)
    .regex(/^[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?$/, 'not the name of a release')
    .describe('Name of the release.'),
  namespace: z
    .string()
    .max(63)
    .regex(/^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/, 'not the name of a namespace')
    .describe('Namespace of the release.'),
  chart: z
    .string()
    .min(1)
    .max(1024)
    .regex(/^[^-\s][^\s\p{Cc}]*$/u, 'write a path, repository/name or an oci:// address')
    .describe(
      'Chart: a folder or archive where helm runs, `repository/name`, or an oci:// address.',
    ),
  version: z
    .string()
    .regex(/^v?\d+\.\d+\.\d+(?:[-+][A-Za-z0-9.+-]+)?$/, 'write one version, such as 1.18.0')
    .optional()
    .describe('Version of the chart; left out: that of the path, or the newest of the repository.'),
  values: maySecret(z.record(z.string(), z.json()))
    .default({})
    .describe('All values that differ from the chart: what stands here no more is no longer set.'),
  keepValues: z
    .boolean()
    .default(false)
    .describe(
      'Keep the values that the release has and that do not stand here; only at its present chart version.',
    ),
  saveTo: z
    .string()
    .max(512)
    .regex(/^\/[^\0]*[^/\0]$/, 'write an absolute path of a file')
    .optional()
    .describe("File on the worker's machine that gets the former values before they are changed."),
  timeout: duration()
    .prefault('5m')
    .refine((ms) => ms >= 1000 && ms <= 3_600_000, 'between 1s and 1h')
    .describe("Helm's limit for one operation."),
  wait: z
    .boolean()
    .default(false)
    .describe('Let helm wait until everything is ready; better wait in steps of their own.'),
  createNamespace: z
    .boolean()
    .default(false)
    .describe('Make the namespace where it is missing; undo leaves it there.'),
});

type Input = z.output<typeof inputSchema>;

/**
 * All values that the release is to have.
 * @throws PermanentError `refused` where values of another chart version, or of none, would be kept.
 */
function wantedValues(
  target: Target,
  { name, keepValues, values }: Input,
  seen: Seen,
  chart: Chart | null,
): JsonObject {
  if (!keepValues) return values;
  if (seen.chart !== null && chart !== null && seen.chart.version === chart.version) {
    return merged(seen.values, values);
  }
  const is = seen.chart === null ? 'not installed' : `of version ${seen.chart.version}`;
  throw new PermanentError(
    'refused',
    `${target.name}: ${name} is ${is}: its values cannot be kept for ${chart?.version ?? 'another'}`,
    { hint: 'Name the version that is installed, or state all values and leave keepValues out.' },
  );
}

/** One release of a chart. */
export const helmRelease = defineAction({
  name: 'helm.release',
  summary: 'Installs or upgrades a release of a chart with a whole set of values.',
  impact: 'disrupt',
  on: 'cluster',
  slow: true,
  input: inputSchema,
  output: z.strictObject({
    revision: z.int().nullable().describe('Newest revision; null where there is no release.'),
    status: z.string().nullable().describe('Its status, such as deployed.'),
  }),
  timeout: '20m',
  settle: { timeout: '60s', every: '2s' },
  resource: ({ name, namespace }) => `helm/${namespace}/${name}`,
  async check({ target }, input) {
    const chart = await chartOf(target, input.chart, input.version);
    const seen = await see(target, input);
    const drift = differences(seen, input, chart, wantedValues(target, input, seen, chart));
    return {
      before: seen.before,
      drift: drift === null ? null : excerpt(drift, 256),
      output: { revision: seen.last?.revision ?? null, status: seen.last?.status ?? null },
    };
  },
  async apply(ctx, input, before) {
    const { target, run } = ctx;
    if (input.saveTo !== undefined && before.revision !== null) {
      await saveValues(ctx, input, before.revision, input.saveTo);
    }
    const chart = input.keepValues ? await chartOf(target, input.chart, input.version) : null;
    const seen = await see(target, input);
    const values = wantedValues(target, input, seen, chart);
    await recover(target, input, run, seen.history, input.timeout);
    const { args, timeout } = limits(input.timeout);
    await change(
      target,
      input,
      [
        'upgrade --install',
        input.chart,
        '--values',
        '-',
        '--reset-values',
        ...(await marks(target, run)),
        ...(input.version === undefined ? [] : ['--version', input.version]),
        ...(input.createNamespace ? ['--create-namespace'] : []),
        ...(input.wait ? ['--wait'] : []),
        ...args,
      ],
      { timeout, input: JSON.stringify(values) },
    );
  },
  async undo({ target, run }, input, before: Before) {
    const { history, last } = await see(target, input);
    const { args, timeout } = limits(input.timeout);
    if (last !== undefined && isPending(last) && last.status !== 'pending-rollback') {
      if (!(await isOurs(target, input, run))) throw foreign(target, input, history);
    }
    const wait = input.wait ? ['--wait'] : [];
    if (before.revision !== null) {
      const command = ['rollback', String(before.revision), ...wait, ...args] as const;
      await change(target, input, [...command], { timeout });
    } else if (before.status === null) {
      if (last !== undefined) await change(target, input, ['uninstall', ...args], { timeout });
    } else {
      throw new PermanentError(
        'irreversible',
        `${target.name}: ${input.name} had no deployed revision (${before.status}) to go back to`,
        { hint: 'Leave the release as it is now, or uninstall it by hand; then skip the step.' },
      );
    }
  },
  restored: notRestored,
  examples: [
    {
      title: 'Cilium with its BGP control plane, from an archive',
      input: {
        name: 'cilium',
        namespace: 'kube-system',
        chart: '/opt/charts/cilium-1.18.0.tgz',
        version: '1.18.0',
        values: { kubeProxyReplacement: true, bgpControlPlane: { enabled: true } },
      },
    },
    {
      title: 'A chart of a repository, in a namespace of its own',
      input: {
        name: 'web',
        namespace: 'web',
        chart: 'example/web',
        version: '2.1.0',
        values: { replicas: 3 },
        createNamespace: true,
      },
    },
    {
      title: 'One value of an installed release; agents and operator are restarted by the chart',
      input: {
        name: 'cilium',
        namespace: 'kube-system',
        chart: 'cilium/cilium',
        version: '1.18.0',
        keepValues: true,
        values: {
          bgpControlPlane: { statusReport: { enabled: false } },
          rollOutCiliumPods: true,
          operator: { rollOutPods: true },
        },
      },
    },
  ],
  notes: `The values are the whole truth, unless \`keepValues\` is set: \`helm upgrade --reset-values\` with these, never \`--reuse-values\`, which
merges the former chart's defaults and breaks templates across versions.

- **An upgrade changes no running agent.** It writes ConfigMaps and templates; of Cilium neither agents
  nor operator are restarted by it. Restart and wait in steps of their own (\`kube.rollout\`), then ask each
  agent what it runs with.
- Drift is a missing release, another chart or version, other values, or a newest revision that is not
  deployed. Texts among the values are not shown: they may be secret. \`helm status\` is never run: with
  \`-o json\` it prints the private keys in the manifest.
- A helm that is killed leaves the release \`pending-…\`, and every later helm refuses it. What this very
  step left behind it rolls back (or uninstalls, if that was the first revision) and begins anew;
  anything else is refused, with the command that mends it. The step recognises its own by the label
  \`runbook-step\` of the revision (helm 3.13 or newer): the description \`runbook/<run>/<step>\` is
  only written when an upgrade has ended.
- With \`keepValues\` the values of the newest revision are read, those that stand here are laid over them
  (maps into maps, anything else replaced), and all are written: no \`--reuse-values\`. Another chart
  version is refused, since its defaults may be others.
- With \`saveTo\` the values of the revision found are written to a file before anything is changed, for
  \`helm upgrade --values\`: helm forgets revisions (it keeps 10). The file may hold secrets, only the
  worker's user may read it, and an undo leaves it.
- Undo rolls back to the revision found, or uninstalls what was not there; CustomResourceDefinitions
  and a namespace that were made stay. A rollback too restarts nothing: run the same rollouts again.
- helm and the archive of a chart at a path must be where the cluster is reached from.`,
});
