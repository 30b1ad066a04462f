import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { goOf, requiredVersion } from '../builder/go.js';
import type { Part, Work } from '../builder/part.js';
import { PartError } from '../builder/part-error.js';
import { ciliumVersion } from '../cilium/part.js';
import { writeDockerArchive } from '../image/docker-archive.js';
import type { Image } from '../image/docker-archive.js';
import { layerOf } from '../image/layer.js';
import { kubernetesVersion } from '../kubernetes/part.js';
import { ciliumLayer } from './cilium-layer.js';
import { kubernetesLayer } from './kubernetes-layer.js';

/** One image of `images.json`. */
export interface ListedImage {
  readonly ref: string;
  /** File beside images.json. */
  readonly archive: string;
  /** What a container runtime shows as the image id. */
  readonly id: string;
}

/** Container images as archives for `ctr -n k8s.io images import`: all of them, and under the names that their users ask for. */
export const images: Part = {
  name: 'images',
  summary: 'container images of Kubernetes, Cilium and whoami',
  needs: ['kubernetes', 'etcd', 'coredns', 'small', 'cilium', 'cilium-tools', 'chart', 'rootfs'],
  requires: ['root'],
  facts: ['go'],
  recipe: { revision: 1 },
  publishes: { images: 'images' },
  measured: { seconds: 40, bytes: 400e6, peakBytes: 8e8 },
  async build(work) {
    const folder = join(work.out, 'images');
    await mkdir(folder);
    const kubernetesImages = listKubernetesImages();
    await demandExpected(work, kubernetesImages);
    const arch = goOf(work).arch;
    const listed: ListedImage[] = [];
    const list = (archive: string, ids: Readonly<Record<string, string>>): void => {
      for (const [ref, id] of Object.entries(ids)) listed.push({ ref, archive, id });
    };

    work.doing('Kubernetes images');
    const kubernetesRoot = await kubernetesLayer(work, join(work.scratch, 'kubernetes'));
    const kubernetesArchive = join(folder, 'kubernetes.tar');
    list(
      'kubernetes.tar',
      await writeDockerArchive(
        kubernetesArchive,
        arch,
        [layerOf(work, kubernetesRoot)],
        kubernetesImages,
      ),
    );

    work.doing('Cilium image');
    const layers = [
      join(work.built('cilium-tools'), 'root'),
      await ciliumLayer(work, join(work.scratch, 'cilium')),
    ];
    const ciliumArchive = join(folder, 'cilium.tar');
    list(
      'cilium.tar',
      await writeDockerArchive(
        ciliumArchive,
        arch,
        layers.map((root) => layerOf(work, root)),
        listCiliumImages(),
      ),
    );

    await writeFile(
      join(folder, 'images.json'),
      `${JSON.stringify({ images: listed }, null, 2)}\n`,
    );
  },
};

function listKubernetesImages(): readonly Image[] {
  const registry = 'registry.k8s.io';
  const programs = ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'kube-proxy'];
  const etcdVersion = requiredVersion('etcd', 'go.etcd.io/etcd/server/v3').slice(1);
  const corednsVersion = requiredVersion('coredns', 'github.com/coredns/coredns');
  return [
    {
      refs: [
        ...programs.map((name) => `${registry}/${name}:${kubernetesVersion()}`),
        `${registry}/etcd:${etcdVersion}-0`,
      ],
    },
    { refs: [`${registry}/pause:3.10`], entrypoint: ['/pause'] },
    { refs: [`${registry}/coredns/coredns:${corednsVersion}`], entrypoint: ['/coredns'] },
    { refs: ['lab.local/whoami:v1'], entrypoint: ['/whoami'] },
  ];
}

function listCiliumImages(): readonly Image[] {
  const names = ['cilium', 'operator-generic'];
  return [{ refs: names.map((name) => `quay.io/cilium/${name}:${ciliumVersion()}`) }];
}

/** kubeadm knows by heart which images it wants: a change of version that forgets one is found here, not in a lab. */
async function demandExpected(work: Work, made: readonly Image[]): Promise<void> {
  const kubeadm = join(work.built('kubernetes'), 'kubeadm');
  const version = `--kubernetes-version=${kubernetesVersion()}`;
  const said = await work.run(kubeadm, ['config', 'images', 'list', version]);
  const refs = new Set(made.flatMap((image) => image.refs));
  const lacking = said.split('\n').filter((ref) => ref !== '' && !refs.has(ref));
  if (lacking.length === 0) return;
  throw new PartError(
    `kubeadm ${kubernetesVersion()} wants images that are not made: ${lacking.join(', ')}`,
    {
      hint: 'raise the version in the go.mod of that part under labs/parts, or the pause tag in images/part.ts',
    },
  );
}
