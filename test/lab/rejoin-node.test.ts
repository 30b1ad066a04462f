import { describe, expect } from '@jest/globals';
import { createLabTargets, kubectl, lab, needsLab, until } from './kube-fixture.js';
import { LabCli, stepOf } from './lab-cli.js';
import { routesVia } from './router-facts.js';

const test = needsLab('workers', 'routers');
const open = createLabTargets(finish);
const cli = new LabCli();
const node = 'k8s-w1';
const address = '192.168.10.101';
const start = ['start', 'rejoin-node', '--node', node, '--yes'];
const slow = 600_000;

const k = (...args: string[]): Promise<string> => kubectl(open('lab')('apply'), args);
const sh = async (script: string, host = node): Promise<string> =>
  (await open(host)('apply').run('sh', ['-euc', script], { sudo: true, timeout: '2m' })).stdout;

/** As the lab was. */
async function finish(): Promise<void> {
  if (lab === null) return;
  await sh('ip route del unreachable 192.168.10.100/32 2>/dev/null || :');
  await cli.expect(0, 'start', 'lab-up', '--yes');
}

/** The seed's failure: a worker that was to join with a token that is dead, and no CA pinned. */
const deadJoin = `cat > /root/join.yaml <<'X'
apiVersion: kubeadm.k8s.io/v1beta4
kind: JoinConfiguration
discovery:
  bootstrapToken:
    token: "123456.1234567890123456"
    apiServerEndpoint: 192.168.10.100:6443
    unsafeSkipCAVerification: true
timeouts: { discovery: 5s }
nodeRegistration:
  criSocket: unix:///run/containerd/containerd.sock
  imagePullPolicy: Never
  kubeletExtraArgs: [{ name: node-ip, value: ${address} }]
X
kubeadm join --config /root/join.yaml 2>&1 || :`;

async function lost(): Promise<void> {
  await sh('kubeadm reset --force --cri-socket=unix:///run/containerd/containerd.sock 2>&1');
  await k('delete', 'node', node, '--ignore-not-found');
  expect(await sh(deadJoin)).toContain('JWS signature');
}

const tokens = (): Promise<string> =>
  sh('kubeadm --kubeconfig /etc/kubernetes/admin.conf token list', 'k8s-ctr');
const ready = (): Promise<string> =>
  k('get', 'node', node, '-o=jsonpath={.status.conditions[?(@.type=="Ready")].status}');

describe('rejoin-node on the lab', () => {
  test(
    'a node that is well is left as it is: nothing is reset',
    async () => {
      const uid = await k('get', 'node', node, '-o=jsonpath={.metadata.uid}');
      await cli.expect(0, ...start, '--id', 'rejoin-well');
      const { steps } = await cli.record('rejoin-well');
      expect(steps.filter(({ outcome }) => outcome !== 'unchanged')).toEqual([]);
      expect(await k('get', 'node', node, '-o=jsonpath={.metadata.uid}')).toBe(uid);
      await cli.expect(0, 'drift', 'rejoin-node', '--node', node);
    },
    slow,
  );

  test(
    'a join with a dead token has failed; the worker dies in the middle; the node is back with its labels and routes, and no token is left',
    async () => {
      const before = await tokens();
      await lost();
      await cli.expect(0, ...start, '--id', 'rejoin-killed', '--detach');
      await cli.reached('rejoin-killed', 'it joins', (record) => {
        const { phase, outcome } = stepOf(record, 'joined');
        return phase === 'applying' || outcome === 'changed';
      });
      await cli.kill('worker');
      await cli.expect(0, 'watch', 'rejoin-killed');
      expect(await ready()).toBe('True');
      expect(await tokens()).toBe(before);
      const routes = await routesVia(open('router')('check'), address);
      expect(routes.filter((route) => route.startsWith('172.20.'))).toHaveLength(1);
      expect(await sh('cat /etc/kubernetes/pki/ca.crt')).toBe(
        await sh('cat /etc/kubernetes/pki/ca.crt', 'k8s-ctr'),
      );
    },
    slow,
  );

  test(
    'without a way to the API it is refused before any token is made; undone, it is as it was',
    async () => {
      await lost();
      await sh('ip route add unreachable 192.168.10.100/32');
      const refused = await cli.run(...start);
      expect(refused.code).toBe(1);
      expect(refused.stdout + refused.stderr).toContain('does not reach the API');
      await sh('ip route del unreachable 192.168.10.100/32');

      await cli.expect(0, ...start, '--id', 'rejoin-undone', '--detach');
      await cli.reached('rejoin-undone', 'it has joined', (record) => {
        return stepOf(record, 'joined').outcome === 'changed';
      });
      await cli.expect([0, 4], 'cancel', 'rejoin-undone', '--undo', '--reason', 'tested', '--yes');
      await cli.expect(4, 'watch', 'rejoin-undone');
      await until('there is no such node', async () => {
        return (await k('get', 'node', node, '--ignore-not-found', '-o=name')) === '';
      });
      expect(await sh('ls /etc/kubernetes/kubelet.conf 2>&1 || :')).toContain('No such file');
      await cli.expect(0, ...start);
    },
    slow,
  );
});
