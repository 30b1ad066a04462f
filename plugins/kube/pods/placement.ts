import type { Node, Pod, Taint, Toleration } from '../api/objects.js';
import { meets } from './selector.js';

function tolerates({ key, operator, value, effect }: Toleration, taint: Taint): boolean {
  if (effect !== undefined && effect !== '' && effect !== taint.effect) return false;
  if (key === undefined || key === '') return operator === 'Exists';
  if (key !== taint.key) return false;
  return operator === 'Exists' || (value ?? '') === (taint.value ?? '');
}

/** Why the scheduler would not place a pod on a node, whatever room there is; null where it would. */
export function misfit(pod: Pod, node: Node): string | null {
  const { tolerations = [], nodeSelector = {}, affinity } = pod.spec;
  const taint = node.spec.taints?.find(
    (each) =>
      each.effect !== 'PreferNoSchedule' &&
      !tolerations.some((toleration) => tolerates(toleration, each)),
  );
  if (taint !== undefined) return `taint ${taint.key}`;
  const labels = node.metadata.labels ?? {};
  if (!Object.entries(nodeSelector).every(([key, value]) => labels[key] === value)) {
    return 'node selector';
  }
  const required = affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  if (required === undefined) return null;
  const fields = { 'metadata.name': node.metadata.name };
  const fits = (required.nodeSelectorTerms ?? []).some(
    ({ matchExpressions = [], matchFields = [] }) =>
      matchExpressions.length + matchFields.length > 0 &&
      matchExpressions.every((requirement) => meets(labels, requirement)) &&
      matchFields.every((requirement) => meets(fields, requirement)),
  );
  return fits ? null : 'node affinity';
}

/** What of a pod's wishes is not judged by {@link misfit}. */
export function unjudged({ spec }: Pod): string[] {
  const found: string[] = [];
  const { podAffinity, podAntiAffinity } = spec.affinity ?? {};
  const required = 'requiredDuringSchedulingIgnoredDuringExecution';
  if ((podAffinity?.[required] ?? []).length > 0) found.push('pod affinity');
  if ((podAntiAffinity?.[required] ?? []).length > 0) found.push('pod anti-affinity');
  if (spec.topologySpreadConstraints?.some((each) => each.whenUnsatisfiable !== 'ScheduleAnyway')) {
    found.push('topology spread');
  }
  if (spec.volumes?.some((volume) => 'persistentVolumeClaim' in volume)) found.push('volumes');
  if (spec.containers?.some(({ ports }) => ports?.some(({ hostPort = 0 }) => hostPort > 0))) {
    found.push('host ports');
  }
  return found;
}
