import { createWriteStream } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { PassThrough } from 'node:stream';
import { createGzip } from 'node:zlib';
import { moduleFolder } from '../builder/go.js';
import type { Part } from '../builder/part.js';
import { PartError } from '../builder/part-error.js';
import { ciliumModule, ciliumVersion } from '../cilium/part.js';
import { reproducible } from '../image/layer.js';

/** Cilium's Helm chart, and the files of its sources that its image holds; read from the module that the programs are made of. */
export const chart: Part = {
  name: 'chart',
  summary: 'Cilium’s Helm chart and datapath sources',
  needs: [],
  requires: ['go'],
  facts: [],
  sources: ['cilium'],
  recipe: { revision: 1 },
  publishes: { charts: 'charts' },
  measured: { seconds: 3, bytes: 5e6, peakBytes: 1e8 },
  async build(work) {
    work.doing('reading the Cilium module');
    const module = await moduleFolder(work, 'cilium', ciliumModule);
    const version = ciliumVersion().slice(1);
    const source = join(module, 'install/kubernetes/cilium');
    const stated = /^version: (\S+)/m.exec(await readFile(join(source, 'Chart.yaml'), 'utf8'))?.[1];
    if (stated !== version)
      throw new PartError(`the chart in ${module} is version ${stated}, not ${version}`);
    const copy = (from: string, to: string): Promise<string> =>
      work.run('cp', ['-r', '--no-preserve=mode,timestamps', from, to]);

    // `helm package` would write the time of day into the archive
    await copy(source, join(work.scratch, 'cilium'));
    await mkdir(join(work.out, 'charts'));
    const tar = new PassThrough();
    await Promise.all([
      work.run('tar', [...reproducible, '-C', work.scratch, '-c', 'cilium'], { stdout: tar }),
      pipeline(
        tar,
        createGzip(),
        createWriteStream(join(work.out, 'charts', `cilium-${version}.tgz`)),
      ),
    ]);

    await copy(join(module, 'bpf'), join(work.out, 'bpf'));
    await work.run('rm', [
      '-r',
      join(work.out, 'bpf/tests'),
      join(work.out, 'bpf/complexity-tests'),
    ]);
    for (const script of scripts) await copy(join(module, script), work.out);
  },
};

/** Scripts that the chart's containers call, at the root of the image. */
export const scripts = [
  'images/cilium/init-container.sh',
  'plugins/cilium-cni/install-plugin.sh',
  'plugins/cilium-cni/cni-uninstall.sh',
] as const;
