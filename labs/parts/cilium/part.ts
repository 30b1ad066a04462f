import { compile, goOf, requiredVersion } from '../builder/go.js';
import type { GoProgram } from '../builder/go.js';
import type { Part } from '../builder/part.js';

export const ciliumModule = 'github.com/cilium/cilium';

/** Add a program of Cilium here: go.mod already allows clustermesh-apiserver and hubble-relay. */
const programs: readonly GoProgram[] = [
  {
    name: 'cilium-operator-generic',
    package: `${ciliumModule}/operator`,
    tags: ['ipam_provider_operator'],
  },
  { name: 'cilium-agent', package: `${ciliumModule}/daemon` },
  { name: 'cilium-dbg', package: `${ciliumModule}/cilium-dbg` },
  { name: 'cilium-cni', package: `${ciliumModule}/plugins/cilium-cni` },
  { name: 'cilium-health', package: `${ciliumModule}/cilium-health` },
  { name: 'cilium-health-responder', package: `${ciliumModule}/cilium-health/responder` },
  { name: 'cilium-mount', package: `${ciliumModule}/tools/mount` },
  { name: 'cilium-sysctlfix', package: `${ciliumModule}/tools/sysctlfix` },
].map((program) => ({ ...program, tags: ['osusergo', ...(program.tags ?? [])] }));

/** Commit and date of the release, as `cilium version` shows them. */
const release = '274205f001 2025-07-29';

/** Version of Cilium, such as `v1.18.0`. */
export function ciliumVersion(): string {
  return requiredVersion('cilium', ciliumModule);
}

/** Cilium's programs: those of the node and the operator. */
export const cilium: Part = {
  name: 'cilium',
  summary: 'Cilium agent, operator, CNI plugin and tools',
  needs: [],
  requires: ['go'],
  facts: ['go'],
  recipe: { revision: 1, programs: programs.map((program) => ({ ...program })), release },
  publishes: {},
  measured: { seconds: 415, bytes: 426e6, peakBytes: 4e9 },
  async build(work) {
    const go = goOf(work);
    await compile(work, 'cilium', programs, {
      [`${ciliumModule}/pkg/version.ciliumVersion`]: `${ciliumVersion().slice(1)} ${release} go version ${go.version} ${go.os}/${go.arch}`,
    });
  },
};
