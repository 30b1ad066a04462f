import type { Plugin } from '../../core/action.js';
import { kubeadmCluster } from './cluster.js';
import { kubeadmJoinable } from './joinable.js';
import { kubeadmKubeconfig } from './kubeconfig.js';
import { kubeadmNode } from './node.js';

/** Clusters made by kubeadm: the first control-plane node, workers, and a kubeconfig for them. */
export const kubeadm: Plugin = {
  name: 'kubeadm',
  summary: 'Clusters made by kubeadm: the first node, those that join, and a kubeconfig file.',
  actions: [kubeadmCluster, kubeadmJoinable, kubeadmKubeconfig, kubeadmNode],
};
