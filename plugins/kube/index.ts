import type { Plugin } from '../../core/action.js';
import { kubeClaimed } from './claimed.js';
import { kubeControlPlaneRedundant } from './control-plane-redundant.js';
import { kubeDisruptionAllowed } from './disruption-allowed.js';
import { kubeDrainSafe } from './drain-safe.js';
import { kubeDrained } from './drained.js';
import { kubeLabel } from './label.js';
import { kubeManifest } from './manifest.js';
import { kubeNodeDown } from './node-down.js';
import { kubeNodeReady } from './node-ready.js';
import { kubeNodesHealthy } from './nodes-healthy.js';
import { kubePodsSettled } from './pods-settled.js';
import { kubeRollout } from './rollout.js';
import { kubeRoomForPods } from './room-for-pods.js';
import { kubeSchedulable } from './schedulable.js';
import { kubeUnclaimed } from './unclaimed.js';

/** Kubernetes through kubectl: nodes, pods, workloads, labels and manifests. */
export const kube: Plugin = {
  name: 'kube',
  summary: 'Kubernetes through kubectl: nodes, pods, workloads, labels and manifests.',
  actions: [
    kubeClaimed,
    kubeControlPlaneRedundant,
    kubeDisruptionAllowed,
    kubeDrainSafe,
    kubeDrained,
    kubeLabel,
    kubeManifest,
    kubeNodeDown,
    kubeNodeReady,
    kubeNodesHealthy,
    kubePodsSettled,
    kubeRollout,
    kubeRoomForPods,
    kubeSchedulable,
    kubeUnclaimed,
  ],
};
