import type { Plugin } from '../core/action.js';
import { capture } from './capture/index.js';
import { cilium } from './cilium/index.js';
import { containerd } from './containerd/index.js';
import { frr } from './frr/index.js';
import { helm } from './helm/index.js';
import { http } from './http/index.js';
import { kube } from './kube/index.js';
import { kubeadm } from './kubeadm/index.js';
import { libvirt } from './libvirt/index.js';
import { linux } from './linux/index.js';
import { nspawn } from './nspawn/index.js';
import { vagrant } from './vagrant/index.js';

/** The plugins that are loaded, in the order in which they are listed. */
export const plugins: readonly Plugin[] = [
  linux,
  http,
  kube,
  kubeadm,
  containerd,
  helm,
  cilium,
  frr,
  capture,
  nspawn,
  libvirt,
  vagrant,
];
