import type { LabelSelector } from '../../kube/api/objects.js';
import { selects } from '../../kube/pods/selector.js';
import type { ClusterConfig } from './resources.js';

/** Labels of a node. */
export type Labels = Readonly<Record<string, string>>;

/** Cilium takes a cluster config without a selector for all nodes. */
function selectsNode(selector: LabelSelector | null | undefined, labels: Labels): boolean {
  return selector === null || selector === undefined || selects(selector, labels);
}

/** Names of the cluster configs that select a node with these labels. */
export function selecting(configs: readonly ClusterConfig[], labels: Labels): string[] {
  return configs
    .filter(({ spec }) => selectsNode(spec.nodeSelector, labels))
    .map(({ metadata }) => metadata.name);
}

/** The labels with one of them set, or taken away. */
export function withLabel(labels: Labels, key: string, value: string | null): Labels {
  const { [key]: _, ...others } = labels;
  return value === null ? others : { ...others, [key]: value };
}

/** Values that selectors want of a label. */
function wantedValues(configs: readonly ClusterConfig[], key: string): string[] {
  return configs.flatMap(({ spec }) => {
    const { matchLabels = {}, matchExpressions = [] } = spec.nodeSelector ?? {};
    const listed = matchExpressions
      .filter((one) => one.key === key && one.operator === 'In')
      .flatMap(({ values = [] }) => values);
    const exact = matchLabels[key];
    return exact === undefined ? listed : [exact, ...listed];
  });
}

/**
 * The value of the label (null: none) by which a node is selected, or is not; the present one where it
 * serves. Undefined where no value of this label does it: then other labels decide.
 */
export function valueFor(
  configs: readonly ClusterConfig[],
  labels: Labels,
  key: string,
  selected: boolean,
): string | null | undefined {
  const candidates = selected
    ? [labels[key] ?? null, ...wantedValues(configs, key), 'true', null]
    : [labels[key] ?? null, 'false', null];
  return candidates.find(
    (value) => selecting(configs, withLabel(labels, key, value)).length > 0 === selected,
  );
}
