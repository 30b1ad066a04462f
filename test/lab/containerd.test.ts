import { describe, expect } from '@jest/globals';
import { containerdImage } from '../../plugins/containerd/image.js';
import { laws } from '../laws.js';
import { attempt } from '../laws/attempt.js';
import { createLabTargets, hostsOf, needsLab } from './kube-fixture.js';

const open = createLabTargets(finish);
const node = hostsOf('spare')[0] ?? 'no-spare';
const test = needsLab('spare');
const image = 'lab.local/whoami:v1';
const archive = '/root/images.tar';
const ctr = 'ctr --namespace=k8s.io images';

async function sh(script: string): Promise<string> {
  const result = await open(node)('apply').run('sh', ['-euc', script], {
    sudo: true,
    timeout: '2m',
  });
  return result.stdout;
}

/** Names and digests; without the layers that only containerd counts. */
const snapshot = (): Promise<string> => sh(`${ctr} list | awk '{print $1, $3}' | sort`);

/** An archive of two images of this machine, made once. */
const pack = `[ -e ${archive} ] || ${ctr} export ${archive} ${image} registry.k8s.io/pause:3.10`;
const bring = `${ctr} list --quiet | grep -q '^${image}$' || ${ctr} import ${archive} >/dev/null`;
const takeAway = `for i in $(${ctr} list --quiet "target.digest==$(${ctr} list name==${image} | awk 'NR==2{print $3}')"); do ${ctr} remove --sync "$i" >/dev/null; done`;

/** The image is there again, as the lab gave it. */
async function finish(): Promise<void> {
  if (hostsOf('spare').length > 0) await sh(`${bring}; rm -f ${archive}`);
}

const world = (input: object = {}) => ({
  target: open(node),
  input: { image, archive, ...input },
  snapshot,
  cleanup: () => Promise.resolve(),
});

laws(containerdImage, {
  test,
  killPoints: 3,
  timeoutMs: 300_000,
  cases: [
    {
      title: 'an image that is only in its archive',
      arrange: async () => {
        await sh(`${pack}; ${bring}; ${takeAway}`);
        return world();
      },
    },
    {
      title: 'an image that is there',
      finds: 'nothing',
      arrange: async () => {
        await sh(`${pack}; ${bring}`);
        return world();
      },
    },
  ],
  bad: [],
});

describe('images of a real containerd', () => {
  test('an archive brings nothing but what was asked for', async () => {
    await sh(
      `${pack}; ${bring}; ${takeAway}; ${ctr} tag --force registry.k8s.io/pause:3.10 a.local/x:1 >/dev/null; ${ctr} remove a.local/x:1 >/dev/null`,
    );
    const before = await snapshot();
    await attempt(containerdImage, world()).apply({ present: false });
    const added = (await snapshot()).split('\n').filter((line) => !before.includes(line));
    // The CRI adds a name by id for each image.
    const names = added.map((line) => line.split(' ')[0] ?? '');
    expect(names.filter((name) => !name.startsWith('sha256:'))).toEqual([image]);
  }, 120_000);

  test('an archive that does not hold it is refused, and so is one that is not there', async () => {
    await sh(`${pack}; ${bring}`);
    const other = attempt(containerdImage, world({ image: 'lab.local/other:v1' }));
    await expect(other.apply({ present: false })).rejects.toMatchObject({
      code: 'refused',
      message: expect.stringContaining(`${archive} does not hold lab.local/other:v1`),
    });
    const absent = attempt(
      containerdImage,
      world({ image: 'lab.local/other:v1', archive: '/nope.tar' }),
    );
    await expect(absent.apply({ present: false })).rejects.toMatchObject({
      code: 'refused',
      class: 'permanent',
    });
  }, 120_000);

  test('a containerd that is down is unreachable', async () => {
    // The kubelet wants it, and would start it again.
    await sh('systemctl stop kubelet containerd');
    try {
      await expect(attempt(containerdImage, world()).check()).rejects.toMatchObject({
        code: 'unreachable',
        class: 'transient',
      });
    } finally {
      await sh('systemctl start containerd kubelet');
    }
  }, 120_000);
});
