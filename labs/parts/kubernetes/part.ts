import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { compile, requiredVersion } from '../builder/go.js';
import type { LinkedValues } from '../builder/go.js';
import type { Part } from '../builder/part.js';

/** Names under which the one binary is called; it looks at argv[0]. */
export const kubernetesPrograms = [
  'kubeadm',
  'kubelet',
  'kubectl',
  'kube-apiserver',
  'kube-controller-manager',
  'kube-scheduler',
  'kube-proxy',
] as const;

/** Version of Kubernetes, such as `v1.33.13`. */
export function kubernetesVersion(): string {
  return requiredVersion('kubernetes', 'k8s.io/kubernetes');
}

/** All of Kubernetes as one static binary: a quarter of the disk of seven, and one image layer for all of its images. */
export const kubernetes: Part = {
  name: 'kubernetes',
  summary: 'Kubernetes programs in one binary, hyper',
  needs: [],
  requires: ['go'],
  facts: ['go'],
  recipe: { revision: 1, programs: kubernetesPrograms },
  publishes: Object.fromEntries(
    ['hyper', ...kubernetesPrograms].map((name) => [`bin/${name}`, name]),
  ),
  measured: { seconds: 340, bytes: 149e6, peakBytes: 2.5e9 },
  async build(work) {
    await compile(
      work,
      'kubernetes',
      [{ name: 'hyper', package: '.' }],
      versionValues(kubernetesVersion()),
    );
    for (const name of kubernetesPrograms) await symlink('hyper', join(work.out, name));
  },
};

/** What Kubernetes' own build sets; kubeadm compares versions, so `v0.0.0-master` would not do. */
function versionValues(version: string): LinkedValues {
  const [major = '', minor = ''] = version.slice(1).split('.');
  const values = {
    gitVersion: version,
    gitMajor: major,
    gitMinor: minor,
    gitTreeState: 'clean',
    gitCommit: '0'.repeat(40),
    buildDate: '1970-01-01T00:00:00Z',
  };
  const packages = ['k8s.io/component-base/version', 'k8s.io/client-go/pkg/version'];
  return Object.fromEntries(
    packages.flatMap((name) =>
      Object.entries(values).map(([key, value]) => [`${name}.${key}`, value]),
    ),
  );
}
