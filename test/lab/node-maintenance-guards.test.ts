import { describe, expect } from '@jest/globals';
import { createLabTargets, kubectl, lab, needsLab } from './kube-fixture.js';
import { LabCli, stepOf } from './lab-cli.js';
import { routesVia } from './router-facts.js';

const test = needsLab('nodes', 'routers');
const open = createLabTargets(finish);
const cli = new LabCli();
const node = 'k8s-w0';
const slow = 600_000;

const k = (...args: string[]): Promise<string> => kubectl(open('lab')('apply'), args);

/** What a maintenance must leave as it was. */
async function situation(): Promise<unknown> {
  const path = '-o=jsonpath={.spec.unschedulable} {.metadata.labels.enable-bgp}';
  return {
    node: await k('get', 'node', node, path),
    pods: await k('get', 'pods', '--field-selector=metadata.name=curl-pod', '-o=name'),
    routes: await routesVia(open('router')('check'), '192.168.20.100'),
  };
}

async function finish(): Promise<void> {
  if (lab === null) return;
  await k('uncordon', node, 'k8s-w1');
  await k('delete', 'pod', 'curl-pod', '--ignore-not-found', '--grace-period=1');
}

describe('node-maintenance on the lab', () => {
  test(
    'undo leaves a node cordoned that was cordoned before',
    async () => {
      await k('cordon', node);
      const before = await situation();
      expect(before).toMatchObject({ node: 'true true' });
      const start = ['start', 'node-maintenance', '--node', node, '--id', 'was-cordoned'];
      await cli.expect(0, ...start, '--detach', '--yes');
      await cli.reached('was-cordoned', 'by hand', ({ state }) => state === 'waiting');
      expect(await situation()).not.toEqual(before);
      await cli.expect(0, 'undo', 'was-cordoned', '--reason', 'not today', '--yes');
      await cli.expect(4, 'watch', 'was-cordoned');
      const record = await cli.record('was-cordoned');
      expect(record.state).toBe('undone');
      expect(['cordon', 'withdraw'].map((path) => stepOf(record, path).outcome)).toEqual([
        'unchanged',
        'undone',
      ]);
      expect(await situation()).toEqual(before);
      await k('uncordon', node);
    },
    slow,
  );

  test(
    'the only control plane, a bare pod on the node, another node that is cordoned: all are refused with nothing touched',
    async () => {
      const pod = {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: 'curl-pod' },
        spec: { nodeName: node, containers: [{ name: 'x', image: 'lab.local/whoami:v1' }] },
      };
      const input = JSON.stringify(pod);
      await kubectl(open('lab')('apply'), ['create', '--filename=-'], { input });
      await k('cordon', 'k8s-w1');
      const before = await situation();
      const refused = async (id: string, name: string): Promise<string[]> => {
        await cli.expect(1, 'start', 'node-maintenance', '--node', name, '--id', id, '--yes');
        const { state, steps } = await cli.record(id);
        expect(state).toBe('refused');
        return steps.filter(({ outcome }) => outcome === 'failed').map(({ path }) => path);
      };
      expect(await refused('refused-pod', node)).toEqual(
        expect.arrayContaining(['others-healthy', 'drain-is-safe']),
      );
      expect(await refused('refused-only', 'k8s-ctr')).toContain('not-the-only-control-plane');
      expect(await situation()).toEqual(before);
    },
    slow,
  );
});
