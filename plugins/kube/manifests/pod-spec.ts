import { isObject } from '../../../core/json.js';
import type { LabelSelector } from '../api/objects.js';
import type { ManifestObject } from './object.js';

type Loose = Readonly<Record<string, unknown>>;

/** The pods that an object of a manifest would make, as far as a lint reads them. */
export interface PodTemplate {
  readonly labels: Readonly<Record<string, string>>;
  readonly spec: Loose;
  /** Replicas that it asks for; null where the number is not its own (DaemonSet, Job, Pod). */
  readonly replicas: number | null;
  /** Selector of the workload; null for those that have none of their own. */
  readonly selector: LabelSelector | null;
}

function at(value: unknown, ...path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (found, key) => (isObject(found) ? (found as Loose)[key] : undefined),
    value,
  );
}

const object = (value: unknown): Loose => (isObject(value) ? value : {});

const templates: Readonly<Record<string, readonly string[]>> = {
  Deployment: ['spec', 'template'],
  StatefulSet: ['spec', 'template'],
  ReplicaSet: ['spec', 'template'],
  DaemonSet: ['spec', 'template'],
  Job: ['spec', 'template'],
  CronJob: ['spec', 'jobTemplate', 'spec', 'template'],
};

/** Kinds whose number of pods is written in them. */
const counted: ReadonlySet<string> = new Set(['Deployment', 'StatefulSet', 'ReplicaSet']);

/** What an object would run; null for objects that run nothing. */
export function podTemplateOf(manifest: ManifestObject): PodTemplate | null {
  const path = templates[manifest.kind];
  if (path === undefined && manifest.kind !== 'Pod') return null;
  const template = path === undefined ? manifest : at(manifest, ...path);
  const replicas = at(manifest, 'spec', 'replicas');
  const own = at(manifest, 'spec', 'selector');
  return {
    labels: object(at(template, 'metadata', 'labels')) as Readonly<Record<string, string>>,
    spec: object(at(template, 'spec')),
    replicas: counted.has(manifest.kind) ? (typeof replicas === 'number' ? replicas : 1) : null,
    selector: counted.has(manifest.kind) || manifest.kind === 'DaemonSet' ? selectorIn(own) : null,
  };
}

function selectorIn(value: unknown): LabelSelector | null {
  return isObject(value) ? value : null;
}

/** One rule about other pods, by their labels. */
export interface PodTerm {
  readonly kind: 'pod affinity' | 'pod anti-affinity' | 'topology spread';
  readonly required: boolean;
  readonly topologyKey: string;
  readonly selector: LabelSelector | null;
  /** Whether it looks into other namespaces, of which a manifest says nothing. */
  readonly elsewhere: boolean;
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function termOf(kind: PodTerm['kind'], required: boolean, term: unknown): PodTerm {
  const { topologyKey, labelSelector, namespaces, namespaceSelector } = object(term);
  return {
    kind,
    required,
    topologyKey: typeof topologyKey === 'string' ? topologyKey : '',
    selector: selectorIn(labelSelector),
    elsewhere: list(namespaces).length > 0 || namespaceSelector !== undefined,
  };
}

/** Every rule of a pod about other pods. */
export function podTerms(spec: Loose): PodTerm[] {
  const kinds = { podAffinity: 'pod affinity', podAntiAffinity: 'pod anti-affinity' } as const;
  const affinity = Object.entries(kinds).flatMap(([field, kind]) => [
    ...list(at(spec, 'affinity', field, 'requiredDuringSchedulingIgnoredDuringExecution')).map(
      (term) => termOf(kind, true, term),
    ),
    ...list(at(spec, 'affinity', field, 'preferredDuringSchedulingIgnoredDuringExecution')).map(
      (one) => termOf(kind, false, at(one, 'podAffinityTerm')),
    ),
  ]);
  const spread = list(spec['topologySpreadConstraints']).map((one) =>
    termOf('topology spread', at(one, 'whenUnsatisfiable') !== 'ScheduleAnyway', one),
  );
  return [...affinity, ...spread];
}

/** Images of all containers of a pod, with the names of these. */
export function imagesOf(spec: Loose): { readonly container: string; readonly image: string }[] {
  return [...list(spec['initContainers']), ...list(spec['containers'])].map((one) => {
    const { name, image } = object(one);
    return { container: String(name), image: typeof image === 'string' ? image : '' };
  });
}
