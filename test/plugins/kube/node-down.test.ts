import { expect, test } from '@jest/globals';
import { kubeNodeDown } from '../../../plugins/kube/node-down.js';
import { laws } from '../../laws.js';
import { badNode } from './bad-node.js';
import { TimedNode } from './timed-node.js';

laws(kubeNodeDown, { cases: [], bad: badNode });

function check(node: TimedNode, onlyControlPlane = false) {
  const input = kubeNodeDown.input.parse({ node: 'n', onlyControlPlane });
  return kubeNodeDown.check(node.context, input);
}

const unknown = {
  type: 'Ready',
  status: 'Unknown',
  reason: 'NodeStatusUnknown',
  message: 'Kubelet stopped posting node status.',
};

test('a node that is not Ready, and whose kubelet is silent, is down', async () => {
  const node = new TimedNode();
  node.ready = unknown;
  node.alive = false;
  expect(await check(node)).toEqual({
    before: null,
    drift: null,
    output: {
      api: true,
      said: 'n is unknown (NodeStatusUnknown: Kubelet stopped posting node status.)',
    },
  });
});

test('one that is called Ready is not, nor one whose kubelet reports that it is not', async () => {
  const ready = new TimedNode();
  ready.alive = false;
  expect((await check(ready)).drift).toBe('n is Ready');
  const sick = new TimedNode();
  sick.ready = { ...unknown, status: 'False', reason: 'KubeletNotReady', message: 'no network' };
  expect((await check(sick)).drift).toBe(
    'n is not ready (KubeletNotReady: no network), but its kubelet lives',
  );
  const absent = new TimedNode();
  absent.ready = null;
  expect((await check(absent)).drift).toBe('there is no node n');
});

test('an API that does not answer tells of its own machine only', async () => {
  const node = new TimedNode();
  node.silent =
    'The connection to the server 192.168.10.100:6443 was refused - did you specify the right host or port?';
  await expect(check(node)).rejects.toMatchObject({ code: 'unreachable' });
  expect(await check(node, true)).toMatchObject({ drift: null, output: { api: false } });
  node.silent = 'error: You must be logged in to the server (Unauthorized)';
  await expect(check(node, true)).rejects.toMatchObject({ code: 'login-failed' });
});
