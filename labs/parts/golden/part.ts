import { mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Part, Work } from '../builder/part.js';
import { PartError } from '../builder/part-error.js';
import { removeTree } from '../builder/place.js';
import type { ListedImage } from '../images/part.js';

/** Plugins of containerd that a store without containers does not need, and that would touch this host. */
const disabledPlugins = [
  'io.containerd.grpc.v1.cri',
  'io.containerd.internal.v1.opt',
  'io.containerd.nri.v1.nri',
  'io.containerd.snapshotter.v1.aufs',
  'io.containerd.snapshotter.v1.blockfile',
  'io.containerd.snapshotter.v1.btrfs',
  'io.containerd.snapshotter.v1.devmapper',
  'io.containerd.snapshotter.v1.zfs',
];

/** How long containerd may take to answer, in milliseconds. It takes well under one second. */
const startLimit = 30_000;

/**
 * containerd's own folder with every image imported and unpacked. A machine takes it over by hard links (`cp -al`), with only
 * the two databases (`*.db`) copied: 0.6 s and no disk, instead of an import of 22 s in each machine.
 */
export const golden: Part = {
  name: 'golden',
  summary: 'containerd store with all images unpacked, to be hard-linked by machines',
  needs: ['images', 'rootfs'],
  requires: ['root'],
  facts: [],
  recipe: { revision: 1, disabledPlugins },
  publishes: { golden: 'store' },
  measured: { seconds: 30, bytes: 1.3e9, peakBytes: 1e8 },
  async build(work) {
    const store = join(work.out, 'store');
    await mkdir(store, { mode: 0o711 });
    // a Unix socket's path has at most 107 characters: the cache's may be longer
    const state = await mkdtemp(join(tmpdir(), 'runbook-golden-'));
    try {
      await importAll(work, store, state);
    } finally {
      await removeTree(state);
    }
  },
};

async function importAll(work: Work, store: string, state: string): Promise<void> {
  const bin = join(work.built('rootfs'), 'root/usr/bin');
  const address = join(state, 's');
  const config = join(state, 'config.toml');
  await writeFile(config, configuration(store, state, address));
  work.doing('starting containerd');
  // The root is of this host's own distribution, so its programs run here. Its mounts are private, and end with it.
  const containerd = work.start(join(bin, 'containerd'), ['--config', config], { isolated: true });
  const ctr = (...args: readonly string[]): Promise<string> =>
    work.run(join(bin, 'ctr'), ['--address', address, '--namespace', 'k8s.io', ...args]);
  await answering(containerd, ctr);
  const folder = join(work.built('images'), 'images');
  const { images } = JSON.parse(await readFile(join(folder, 'images.json'), 'utf8')) as {
    images: ListedImage[];
  };
  for (const archive of new Set(images.map((image) => image.archive))) {
    work.doing(`importing ${archive}`);
    await ctr('images', 'import', '--snapshotter=overlayfs', join(folder, archive));
  }
  const imported = new Set((await ctr('images', 'list', '--quiet')).split('\n'));
  const lacking = images.filter((image) => !imported.has(image.ref)).map((image) => image.ref);
  if (lacking.length > 0) throw new PartError(`containerd did not import ${lacking.join(', ')}`);
  await containerd.stop();
}

async function answering(
  containerd: { alive(): boolean },
  ctr: (...args: string[]) => Promise<string>,
): Promise<void> {
  const deadline = Date.now() + startLimit;
  for (;;) {
    const answered = await ctr('version').then(
      () => true,
      () => false,
    );
    if (answered) return;
    if (!containerd.alive()) throw new PartError('containerd ended instead of answering');
    if (Date.now() > deadline)
      throw new PartError(`containerd does not answer after ${startLimit / 1000} s`);
    await sleep(100);
  }
}

function configuration(store: string, state: string, address: string): string {
  const text = JSON.stringify; // a JSON string is a TOML basic string
  return [
    'version = 2',
    `root = ${text(store)}`,
    `state = ${text(join(state, 'run'))}`,
    `disabled_plugins = ${text(disabledPlugins)}`,
    '[grpc]',
    `address = ${text(address)}`,
    '',
  ].join('\n');
}
