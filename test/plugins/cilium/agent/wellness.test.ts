import { expect, test } from '@jest/globals';
import { unwell } from '../../../../plugins/cilium/agent/wellness.js';
import { fakeCluster, type Reply } from '../../kube/fake-kubectl.js';
import { captured } from '../captures.js';

const agent = {
  node: 'k8s-w0',
  namespace: 'kube-system',
  pod: 'cilium-24ql9',
  uid: 'u',
  createdAt: null,
  template: null,
  ready: true,
  startedAt: '2026-11-23T18:46:01Z',
  restarts: 0,
  image: null,
};
const lost = 'degraded: orchestrator/job-reinitialize: Failed to reinitialize datapath';
const plain = { exitCode: 1, stderr: 'Error: unknown command "shell" for "cilium-dbg"\n' };

function says(shell: Reply, counts: string, tree = ''): Promise<string | null> {
  const { cluster } = fakeCluster((args) => {
    const text = args.join(' ');
    if (text.includes('cilium-dbg shell')) return shell;
    if (text.includes('cilium-dbg metrics')) return captured(counts);
    if (text.endsWith('status --verbose')) return tree;
    return captured('status.json');
  });
  return unwell(cluster, agent);
}

test('the table of the agent tells at once, whatever was counted last', async () => {
  expect(await says(captured('health-degraded.txt'), 'metrics.json')).toBe(lost);
  expect(await says(captured('health-well.txt'), 'metrics-degraded.json')).toBeNull();
});

test('a version without a shell, or without the command in it, has counts and a tree', async () => {
  const tree = captured('modules-health-geneve-missing.txt');
  for (const shell of [plain, '<stdin>:0: health: unknown command\n']) {
    expect(await says(shell, 'metrics.json')).toBeNull();
    expect(await says(shell, 'metrics-degraded.json', tree)).toBe(lost);
  }
});

test('where no tree is drawn, the count will do', async () => {
  expect(await says(plain, 'metrics-degraded.json')).toBe('1 modules are degraded');
});
