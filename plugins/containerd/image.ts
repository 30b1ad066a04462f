import { z } from 'zod';
import { defineAction } from '../../core/action.js';
import { PermanentError } from '../../core/errors.js';
import type { Target } from '../../core/target.js';
import { ctr } from './ctr.js';
import { presenceOf, remove } from './images.js';

/** Host, path, and tag or digest: names are not completed here. */
const imageName = z
  .string()
  .max(255)
  .regex(
    /^[a-zA-Z0-9][a-zA-Z0-9.-]*(?::\d+)?(?:\/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)+(?::[\w][\w.-]{0,127})?(?:@sha256:[0-9a-f]{64})?$/,
    'write the whole name, such as registry.k8s.io/pause:3.10 or docker.io/library/nginx:1.29',
  )
  .refine((name) => /:[^/]+$/.test(name), 'name a tag or a digest');

/** The name without tag and digest. */
function repositoryOf(image: string): string {
  return image.replace(/@sha256:[0-9a-f]+$/, '').replace(/:[^:/]+$/, '');
}

const inputSchema = z.strictObject({
  image: imageName.describe('Whole name of the image, with its tag or digest.'),
  archive: z
    .string()
    .regex(/^\/[^\0\n]+$/, 'write an absolute path')
    .optional()
    .describe(
      'Archive on the machine that holds it (docker or OCI format); pulled where left out.',
    ),
});
type Input = z.output<typeof inputSchema>;

/** Brings the image, and no other of the archive. */
async function bring(host: Target, { image, archive }: Input): Promise<void> {
  if (archive === undefined) {
    const hosts = '--hosts-dir=/etc/containerd/certs.d';
    await ctr(host, ['images', 'pull', hosts, image], '10m');
    return;
  }
  const base = `--base-name=${repositoryOf(image)}`;
  await ctr(host, ['images', 'import', base, archive], '5m');
  if ((await presenceOf(host, image)) === 'ready') return;
  throw new PermanentError('refused', `${host.name}: ${archive} does not hold ${image}`, {
    hint: 'manifest.json or index.json in the archive tell the names that it holds.',
  });
}

/** An image in containerd, for Kubernetes. */
export const containerdImage = defineAction({
  name: 'containerd.image',
  summary: "Brings an image into containerd's namespace of Kubernetes, complete and unpacked.",
  impact: 'change',
  on: 'host',
  timeout: '15m',
  input: inputSchema,
  output: z.strictObject({
    image: z.string().describe('Name of the image.'),
  }),
  resource: ({ image }) => `image/${image}`,
  async check({ target }, { image }) {
    const presence = await presenceOf(target, image);
    return {
      before: { present: presence === 'ready' },
      drift: presence === 'ready' ? null : `${image} is ${presence}`,
      output: { image },
    };
  },
  async apply({ target }, input) {
    if ((await presenceOf(target, input.image)) !== 'ready') await bring(target, input);
  },
  async undo({ target }, { image }, before) {
    if (!before.present) await remove(target, image);
  },
  examples: [
    {
      title: 'From an archive on the machine',
      input: { image: 'lab.local/whoami:v1', archive: '/opt/kube/images/kubernetes.tar' },
    },
    { title: 'From its registry', input: { image: 'docker.io/traefik/whoami:v1.11' } },
  ],
  notes: `Present means: all layers are there and unpacked, so that the kubelet starts it without a registry. A
half-pulled image is not present.

- Of an archive only the images of the same repository are taken.
- Pulled by \`ctr\`, which knows the mirrors of /etc/containerd/certs.d, not the credentials of the kubelet.
- Undo removes the name that was brought, and the layers when nothing else needs them. containerd refuses
  to remove nothing that runs: running containers go on, but cannot be started again.`,
});
