import { describe, expect, test } from '@jest/globals';
import type { Node } from '../../../plugins/kube/api/objects.js';
import { kubeLint } from '../../../plugins/kube/lint.js';
import { lint } from '../../../plugins/kube/manifests/lint.js';
import type { ManifestObject } from '../../../plugins/kube/manifests/object.js';
import { attempt } from '../../laws/attempt.js';
import { laws } from '../../laws.js';
import { captured, onCaptures, wholeCluster, type Script } from './captured-cluster.js';
import { recordedItems } from './fixture.js';

const nodes = recordedItems<Node>('kubectl/nodes.json');
const cluster: Script = [
  ['get pods --namespace=default ', { items: recordedItems('kubectl/pods.json').slice(0, 3) }],
  ...wholeCluster,
];

/** A Deployment of three with an anti-affinity about a label: the seed's is about `sample-app`. */
function deployment(about: string, image: string, how: 'required' | 'preferred' = 'required') {
  const term = {
    labelSelector: { matchExpressions: [{ key: 'app', operator: 'In', values: [about] }] },
    topologyKey: 'kubernetes.io/hostname',
  };
  const podAntiAffinity =
    how === 'required'
      ? { requiredDuringSchedulingIgnoredDuringExecution: [term] }
      : {
          preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 1, podAffinityTerm: term }],
        };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web' },
    spec: {
      replicas: 3,
      selector: { matchLabels: { app: 'web' } },
      template: {
        metadata: { labels: { app: 'web' } },
        spec: { affinity: { podAntiAffinity }, containers: [{ name: 'web', image }] },
      },
    },
  };
}
const good = deployment('web', 'example.com/web:1.2', 'preferred');
const seed = deployment('sample-app', 'traefik/whoami');
const pod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'curl-pod' },
  spec: { nodeName: 'k8s-ctr', containers: [{ name: 'curl', image: 'nicolaka/netshoot' }] },
};

laws(kubeLint, {
  cases: [
    onCaptures('a sound manifest', { manifest: good }, cluster, 'nothing'),
    onCaptures("the seed's Deployment", { manifest: seed }, cluster, 'drift'),
    onCaptures("the seed's pod", { manifest: [good, pod] }, cluster, 'drift'),
    onCaptures(
      'a pod that is meant so',
      { manifest: pod, ignore: ['bare-pod', 'node-name', 'image-tag'] },
      cluster,
      'nothing',
    ),
  ],
  bad: [
    { title: 'no manifest', input: {} },
    { title: 'a rule that does not exist', input: { manifest: good, ignore: ['all'] } },
    { title: 'a manifest without a kind', input: { manifest: { apiVersion: 'v1' } } },
  ],
});

const found = (...objects: object[]): string[] =>
  lint(objects as ManifestObject[], 'default', {
    pods: [{ namespace: 'default', labels: { app: 'live' } }],
    nodes,
  }).map(({ rule }) => rule);

describe('what a manifest would do that nobody wants', () => {
  test('each fault by its rule', () => {
    expect(found(good)).toEqual([]);
    expect(found(seed)).toEqual(['image-tag', 'selector-matches-nothing']);
    expect(found(pod)).toEqual(['image-tag', 'bare-pod', 'node-name']);
    expect(found(deployment('web', 'web:latest'))).toEqual([
      'image-tag',
      'anti-affinity-too-strict',
    ]);
    expect(found(deployment('live', 'web@sha256:abc'))).toEqual([]);
    expect(found(deployment('web', 'registry:5000/web', 'preferred'))).toEqual(['image-tag']);
  });

  test('fewer replicas than nodes may exclude each other', () => {
    const { spec, ...rest } = deployment('web', 'web:1');
    expect(found({ ...rest, spec: { ...spec, replicas: 2 } })).toEqual([]);
  });

  test('a service without backends, unless it means to have none', () => {
    const service = (spec: object) => ({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 's' },
      spec,
    });
    expect(found(service({ selector: { app: 'wbe' } }), good)).toEqual([
      'selector-matches-nothing',
    ]);
    expect(found(service({ selector: { app: 'web' } }), good)).toEqual([]);
    expect(found(service({ selector: { app: 'live' } }))).toEqual([]);
    expect(found(service({ ports: [] }))).toEqual([]);
  });

  test('a workload that does not select its own pods, and objects that run nothing', () => {
    const { spec, ...rest } = good;
    const other = { ...rest, spec: { ...spec, selector: { matchLabels: { app: 'other' } } } };
    expect(found(other)).toEqual(['workload-selector']);
    expect(found({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'c' } })).toEqual([]);
  });

  test('it is told with object and rule', async () => {
    const { drift, output } = await attempt(kubeLint, {
      target: captured(cluster).cluster,
      input: { manifest: seed },
      cleanup: () => Promise.resolve(),
    }).check();
    expect(drift).toContain(
      'Deployment web: container web has the image traefik/whoami without a tag (image-tag); ' +
        'Deployment web: its pod anti-affinity is about app In sample-app, which no pod has',
    );
    expect(output).toMatchObject({ more: 0, findings: [{ rule: 'image-tag' }, {}] });
  });
});
