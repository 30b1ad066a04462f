import type { Part } from './builder/part.js';
import { chart } from './chart/part.js';
import { ciliumTools } from './cilium-tools/part.js';
import { cilium } from './cilium/part.js';
import { coredns } from './coredns/part.js';
import { etcd } from './etcd/part.js';
import { golden } from './golden/part.js';
import { helm } from './helm/part.js';
import { images } from './images/part.js';
import { kubernetes } from './kubernetes/part.js';
import { rootfs } from './rootfs/part.js';
import { small } from './small/part.js';
import { temporal } from './temporal/part.js';

/** All parts, in the order in which they are built. A new part is added here. */
export const parts: readonly Part[] = [
  temporal,
  rootfs,
  ciliumTools,
  small,
  chart,
  etcd,
  helm,
  coredns,
  kubernetes,
  cilium,
  images,
  golden,
];
