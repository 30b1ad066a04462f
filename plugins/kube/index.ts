import type { Plugin } from '../../core/action.js';
import { kubeBackends } from './backends.js';
import { kubeClaimed } from './claimed.js';
import { kubeCondition } from './condition.js';
import { kubeControlPlaneRedundant } from './control-plane-redundant.js';
import { kubeDisruptionAllowed } from './disruption-allowed.js';
import { kubeDrainSafe } from './drain-safe.js';
import { kubeDrained } from './drained.js';
import { kubeField } from './field.js';
import { kubeLabel } from './label.js';
import { kubeLint } from './lint.js';
import { kubeManifest } from './manifest.js';
import { kubeNodeDown } from './node-down.js';
import { kubeNodeReady } from './node-ready.js';
import { kubeNodes } from './nodes.js';
import { kubeNodesHealthy } from './nodes-healthy.js';
import { kubePodsSettled } from './pods-settled.js';
import { kubeReach } from './reach.js';
import { kubeRebalanced } from './rebalanced.js';
import { kubeRollout } from './rollout.js';
import { kubeRoomForPods } from './room-for-pods.js';
import { kubeSchedulable } from './schedulable.js';
import { kubeSelected } from './selected.js';
import { kubeSpread } from './spread.js';
import { kubeUnclaimed } from './unclaimed.js';

/** Kubernetes through kubectl: nodes, pods, workloads, labels and manifests. */
export const kube: Plugin = {
  name: 'kube',
  summary: 'Kubernetes through kubectl: nodes, pods, workloads, labels and manifests.',
  actions: [
    kubeBackends,
    kubeClaimed,
    kubeCondition,
    kubeControlPlaneRedundant,
    kubeDisruptionAllowed,
    kubeDrainSafe,
    kubeDrained,
    kubeField,
    kubeLabel,
    kubeLint,
    kubeManifest,
    kubeNodeDown,
    kubeNodeReady,
    kubeNodes,
    kubeNodesHealthy,
    kubePodsSettled,
    kubeReach,
    kubeRebalanced,
    kubeRollout,
    kubeRoomForPods,
    kubeSchedulable,
    kubeSelected,
    kubeSpread,
    kubeUnclaimed,
  ],
};
