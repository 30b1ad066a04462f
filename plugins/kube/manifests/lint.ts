import { isObject } from '../../../core/json.js';
import type { LabelSelector, Node, Pod } from '../api/objects.js';
import { misfit } from '../pods/placement.js';
import { selects } from '../pods/selector.js';
import { refOf, type ManifestObject } from './object.js';
import { imagesOf, podTemplateOf, podTerms, type PodTemplate } from './pod-spec.js';

/** What a lint finds, by name. */
export const lintRules = [
  'image-tag',
  'bare-pod',
  'node-name',
  'selector-matches-nothing',
  'anti-affinity-too-strict',
  'workload-selector',
] as const;
export type LintRule = (typeof lintRules)[number];

export interface Finding {
  readonly rule: LintRule;
  readonly object: string;
  readonly message: string;
}

/** What runs, or would run, beside the objects of a manifest. */
export interface Surroundings {
  /** Labels of the pods that there are, by namespace. */
  readonly pods: readonly {
    readonly namespace: string;
    readonly labels: Readonly<Record<string, string>>;
  }[];
  /** Nodes that are not cordoned. */
  readonly nodes: readonly Node[];
}

/** A reference by digest is exact; a tag is, as long as nobody moves it, which `latest` is made for. */
function imageFault(image: string): string | null {
  if (image === '') return 'has no image';
  if (image.includes('@')) return null;
  const tag = /:([^/:]+)$/.exec(image)?.[1];
  if (tag === undefined) return `has the image ${image} without a tag`;
  return tag === 'latest' ? `has the image ${image}, whose tag moves` : null;
}

function text({ matchLabels = {}, matchExpressions = [] }: LabelSelector): string {
  return [
    ...Object.entries(matchLabels).map(([key, value]) => `${key}=${value}`),
    ...matchExpressions.map(({ key, operator, values = [] }) =>
      `${key} ${operator} ${values.join(',')}`.trim(),
    ),
  ].join(' and ');
}

/** A pod of the template, for the question whether a node takes it. */
function podOf({ spec }: PodTemplate): Pod {
  return { metadata: { name: '' }, spec };
}

function oneObject(
  object: ManifestObject,
  template: PodTemplate,
  pods: Surroundings['pods'],
  namespace: string,
  nodes: readonly Node[],
): Finding[] {
  const ref = refOf(object);
  const found: Finding[] = [];
  const add = (rule: LintRule, message: string): void => {
    found.push({ rule, object: ref, message });
  };
  for (const { container, image } of imagesOf(template.spec)) {
    const fault = imageFault(image);
    if (fault !== null) add('image-tag', `container ${container} ${fault}`);
  }
  if (object.kind === 'Pod') {
    add(
      'bare-pod',
      'a pod without a controller: a drain of its node stops at it, and nothing makes it anew',
    );
  }
  if (template.spec['nodeName'] !== undefined) {
    add('node-name', 'nodeName goes past the scheduler: also to a cordoned or full node');
  }
  if (template.selector !== null && !selects(template.selector, template.labels)) {
    add('workload-selector', 'its selector does not match the labels of its own pods');
  }
  for (const { kind, required, topologyKey, selector, elsewhere } of podTerms(template.spec)) {
    if (selector === null || elsewhere) continue;
    const others = pods.some((pod) => pod.namespace === namespace && selects(selector, pod.labels));
    if (!others) {
      add(
        'selector-matches-nothing',
        `its ${kind} is about ${text(selector)}, which no pod has: it does nothing`,
      );
    }
    const own = kind === 'pod anti-affinity' && required && selects(selector, template.labels);
    const one = topologyKey === 'kubernetes.io/hostname';
    const replicas = template.replicas ?? 0;
    const room = nodes.filter((node) => misfit(podOf(template), node) === null).length;
    if (own && one && replicas > 1 && replicas >= room) {
      add(
        'anti-affinity-too-strict',
        `${replicas} replicas must not share any of ${room} nodes: with one node away, a pod stays Pending`,
      );
    }
  }
  return found;
}

function serviceFault(
  object: ManifestObject,
  pods: Surroundings['pods'],
  namespace: string,
): Finding[] {
  if (object.kind !== 'Service' || !isObject(object['spec'])) return [];
  const { selector } = object['spec'] as { selector?: Readonly<Record<string, string>> };
  if (selector === undefined || selector === null) return [];
  const matchLabels = selector;
  if (pods.some((pod) => pod.namespace === namespace && selects({ matchLabels }, pod.labels)))
    return [];
  const message = `it selects ${text({ matchLabels })}, which no pod has: it has no backends`;
  return [{ rule: 'selector-matches-nothing', object: refOf(object), message }];
}

/** What the objects of a manifest would do that nobody wants, though the API server takes it. */
export function lint(
  objects: readonly ManifestObject[],
  namespace: string,
  around: Surroundings,
): Finding[] {
  const made = objects.flatMap((object) => {
    const template = podTemplateOf(object);
    const place = object.metadata.namespace ?? namespace;
    return template === null ? [] : [{ namespace: place, labels: template.labels }];
  });
  const pods = [...around.pods, ...made];
  return objects.flatMap((object) => {
    const place = object.metadata.namespace ?? namespace;
    const template = podTemplateOf(object);
    return template === null
      ? serviceFault(object, pods, place)
      : oneObject(object, template, pods, place, around.nodes);
  });
}
