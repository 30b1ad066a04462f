import { beforeAll } from '@jest/globals';
import { kubeField } from '../../plugins/kube/field.js';
import { laws, type LawCase } from '../laws.js';
import { createLabTargets, kubectl, lab, needsLab } from './kube-fixture.js';

const namespace = 'test-field';
const open = createLabTargets(() =>
  k('delete', 'namespace', namespace, '--wait').then(() => undefined),
);
const cluster = open(Object.keys(lab?.inventory.clusters ?? {})[0] ?? 'no cluster');

function k(...args: string[]): Promise<string> {
  return kubectl(cluster('apply'), args);
}

beforeAll(async () => {
  if (lab !== null) await k('create', 'namespace', namespace);
}, 60_000);

/** A service with these annotations and this policy; what a law may touch are these two. */
function situation(
  title: string,
  policy: string,
  note: string | null,
  input: object,
  more: Partial<LawCase> = {},
): LawCase {
  const metadata = { name: 's', namespace, annotations: note === null ? {} : { 'a.b/c': note } };
  const spec = {
    type: 'LoadBalancer',
    externalTrafficPolicy: policy,
    selector: { app: 'none' },
    ports: [{ port: 80 }],
  };
  const input_ = JSON.stringify({ apiVersion: 'v1', kind: 'Service', metadata, spec });
  return {
    title,
    arrange: async () => {
      await k('delete', 'service', 's', `--namespace=${namespace}`, '--ignore-not-found', '--wait');
      await kubectl(cluster('apply'), ['create', '--filename=-'], { input: input_ });
      return {
        target: cluster,
        input: { kind: 'service', name: 's', namespace, ...input },
        snapshot: () =>
          k(
            'get',
            'service',
            's',
            `--namespace=${namespace}`,
            '-o=jsonpath={.spec.externalTrafficPolicy} {.metadata.annotations}',
          ),
        cleanup: () => Promise.resolve(),
      };
    },
    ...more,
  };
}

const policy = { path: ['spec', 'externalTrafficPolicy'], value: 'Local' };
const note = { path: ['metadata', 'annotations', 'a.b/c'] };

laws(kubeField, {
  test: needsLab(),
  killPoints: 2,
  timeoutMs: 300_000,
  cases: [
    situation('another value', 'Cluster', null, policy),
    situation('an annotation with another value', 'Cluster', 'old', { ...note, value: 'new' }),
    situation('an annotation that is to go', 'Cluster', 'old', { ...note, value: null }),
    situation('an annotation that is not there', 'Cluster', null, { ...note, value: 'new' }),
    situation('the value as wanted', 'Local', null, policy, { finds: 'nothing' }),
  ],
  bad: [],
});
