import { describe, expect } from '@jest/globals';
import { createLabTargets, kubectl, needsLab } from './kube-fixture.js';
import { LabCli } from './lab-cli.js';

const test = needsLab('nodes', 'routers');
const open = createLabTargets();
const cli = new LabCli();
const slow = 600_000;

interface Facts {
  readonly nodes: readonly { name: string; address: string; kubelet: string }[];
  readonly agents: readonly { node: string; bgp: boolean; version: string }[];
  readonly podCidrs: readonly string[];
  readonly bgpInEveryAgent: boolean;
  readonly interfaces: readonly { host: string; interfaces: readonly { addresses: string[] }[] }[];
}

async function facts(id: string, ...more: string[]): Promise<Facts> {
  await cli.expect(0, 'start', 'cluster-facts', '--id', id, '--yes', ...more);
  const record = await cli.record(id);
  expect(record.steps.every(({ outcome }) => outcome === 'unchanged' || outcome === null)).toBe(
    true,
  );
  return record.outputs as unknown as Facts;
}

/** The same by other tools: the table of kubectl, and the text of ip. */
async function table(...args: string[]): Promise<string[][]> {
  const text = await kubectl(open('lab')('apply'), ['get', ...args, '--no-headers']);
  return text
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/));
}

describe('cluster-facts on the lab', () => {
  test(
    'tells what kubectl and ip tell, and the same the second time',
    async () => {
      const found = await facts('facts-1', '--require-bgp');
      const nodes = await table('nodes', '--output=wide');
      expect(found.nodes.map(({ name, kubelet, address }) => [name, kubelet, address])).toEqual(
        nodes.map((columns) => [columns[0], columns[4], columns[5]]),
      );
      const networks = await table(
        'ciliumnodes',
        '--output=custom-columns=NAME:.metadata.name,CIDR:.spec.ipam.podCIDRs[0]',
      );
      expect([...found.podCidrs].sort()).toEqual(networks.map(([, cidr]) => cidr).sort());
      expect(found.bgpInEveryAgent).toBe(true);
      expect(found.agents.map(({ node }) => node)).toEqual(networks.map(([name]) => name).sort());
      for (const { host, interfaces } of found.interfaces) {
        const { stdout } = await open(host)('check').run('ip', ['-br', '-4', 'addr', 'show']);
        for (const address of interfaces.flatMap(({ addresses }) => addresses)) {
          expect(stdout).toContain(address);
        }
      }
      expect(await facts('facts-2')).toEqual(found);
    },
    slow,
  );

  test(
    'an agent that does not answer is named, and not taken for one without BGP; the worker killed meanwhile',
    async () => {
      const [pod = []] = (
        await table('pods', '--namespace=kube-system', '--selector=k8s-app=cilium', '--output=wide')
      ).filter((columns) => columns.includes('k8s-w1'));
      const freeze = (signal: string) =>
        open('k8s-w1')('apply').run('pkill', [`-${signal}`, '-x', 'cilium-agent'], { sudo: true });
      await freeze('STOP');
      try {
        await cli.expect(0, 'start', 'cluster-facts', '--id', 'facts-3', '--yes', '--detach');
        await cli.reached('facts-3', 'it asks the agents', ({ steps }) =>
          steps.some(({ path, phase }) => path === 'agents' && phase !== null),
        );
        await cli.kill('worker');
        await cli.expect(4, 'watch', 'facts-3');
        const record = await cli.record('facts-3');
        expect(record.state).toBe('stopped');
        expect(record.failure?.message).toContain('the agent on k8s-w1 does not answer');
      } finally {
        await freeze('CONT');
      }
      expect(pod[0]).toMatch(/^cilium-/);
    },
    slow,
  );
});
