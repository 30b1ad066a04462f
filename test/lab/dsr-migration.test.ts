import { beforeAll, describe, expect } from '@jest/globals';
import { ciliumAgentsHealthy } from '../../plugins/cilium/agents-healthy.js';
import { ciliumAgentsRenewed } from '../../plugins/cilium/agents-renewed.js';
import { ciliumLoadBalancing } from '../../plugins/cilium/load-balancing.js';
import type { AnyAction } from '../../core/action.js';
import { attempt } from '../laws/attempt.js';
import { createLabTargets, hostsOf, kubectl, lab, needsLab, until } from './kube-fixture.js';
import { LabCli, stepOf } from './lab-cli.js';

const test = needsLab('nodes', 'routers', 'clients');
const open = createLabTargets(finish);
const cli = new LabCli();
const slow = 1_200_000;
const nodes = [...hostsOf('nodes')].sort();
const client = '192.168.30.10';
const url = 'http://172.16.1.1/';
const service = ['--service', 'webpod', '--url', url, '--caller', client];
const migrate = (dispatch: string, ...more: string[]): string[] => {
  const how = ['--dispatch', dispatch, '--within', '60s', '--now', '--yes'];
  return ['start', 'dsr-migration', ...service, ...how, ...more];
};

const k = (...args: string[]): Promise<string> => kubectl(open('lab')('apply'), args);
const helm = async (...args: string[]): Promise<string> => {
  const place = ['--namespace', 'kube-system'];
  const options = { timeout: '3m' } as const;
  return (await open('lab')('apply').run('helm', [...args, ...place], options)).stdout;
};
const worker = (action: AnyAction, input: object) =>
  attempt(action, { target: open('lab'), input, cleanup: () => Promise.resolve() });

/** Release, agents and graceful restart, as they were. */
let revision = 0;

/** What each agent prints for people: another form than the one that the runbook reads. */
async function modes(): Promise<string[]> {
  const all = nodes.map(async (node) => {
    const pod = await k(
      'get',
      'pods',
      '--namespace=kube-system',
      '--selector=k8s-app=cilium',
      `--field-selector=spec.nodeName=${node}`,
      '--output=jsonpath={.items[*].metadata.name}',
    );
    const place = ['exec', '--namespace=kube-system', pod, '--container=cilium-agent', '--'];
    const text = await k(...place, 'cilium-dbg', 'status', '--verbose');
    const word = (name: string): string =>
      new RegExp(`^ +${name}: +(.*?)(?: \\(.*)?$`, 'm').exec(text)?.[1] ?? 'none';
    return [word('Mode'), word('DSR Dispatch Mode'), word('Backend Selection')].join(', ');
  });
  return [...new Set(await Promise.all(all))];
}

/** Whom the backends take for the caller, by plain calls of the client. */
async function callers(): Promise<string[]> {
  const script = `for i in $(seq 40); do curl -s -m 2 ${url} | grep ^RemoteAddr; done`;
  const { stdout } = await open('client')('check').run('sh', ['-c', script], { timeout: '2m' });
  const found = [...stdout.matchAll(/RemoteAddr: (\S+):\d+/g)].map(([, address]) => address ?? '');
  return [...new Set(found)].sort();
}

async function restartTimes(): Promise<number[]> {
  const { stdout } = await open('router')('check').run('vtysh', ['-c', 'show bgp neighbors json'], {
    sudo: true,
  });
  return [...stdout.matchAll(/"receivedRestartTimer":(\d+)/g)].map(([, seconds]) =>
    Number(seconds),
  );
}

/** The machine may be busy: a restart is measured, but must not fail for what else runs. */
async function setRestartTime(seconds: number): Promise<void> {
  const spec = { gracefulRestart: { enabled: true, restartTimeSeconds: seconds } };
  const patch = `--patch=${JSON.stringify({ spec })}`;
  await k('patch', 'ciliumbgppeerconfigs.cilium.io', 'cilium-peer', '--type=merge', patch);
  await until(
    `all sessions agree on ${seconds} s`,
    async () => {
      const times = await restartTimes();
      return times.length === nodes.length && times.every((one) => one === seconds);
    },
    300_000,
  );
}

beforeAll(async () => {
  if (lab === null) return;
  const history = JSON.parse(await helm('history', 'cilium', '--output', 'json')) as {
    revision: number;
  }[];
  revision = Math.max(...history.map((one) => one.revision));
  await setRestartTime(60);
}, 360_000);

async function finish(): Promise<void> {
  await helm('rollback', 'cilium', String(revision));
  await worker(ciliumAgentsRenewed, {}).undo({ outdated: 0, unwell: 0 });
  await setRestartTime(15);
}

describe('dsr-migration on the lab', () => {
  test(
    'from SNAT to DSR and Maglev: backends see the client itself; the worker dies on the way; undone, agents are as before',
    async () => {
      const before = await helm('get', 'values', 'cilium', '--output', 'json');
      expect(await modes()).toEqual(['SNAT, none, Random']);
      expect(await callers()).not.toEqual([client]);
      const seed = ['--hash-seed', 'GgCZV8PjTgmQuole'];
      await cli.expect(0, ...migrate('opt', ...seed, '--hold', '--id', 'dsr-1', '--detach'));
      await until(
        'agents are renewed',
        async () => stepOf(await cli.record('dsr-1'), 'agents').phase === 'applying',
        300_000,
      );
      await cli.kill('worker');
      await until('it holds', async () => (await cli.record('dsr-1')).state === 'waiting', 600_000);
      expect(await modes()).toEqual(['DSR, IP Option/Extension, Maglev']);
      expect(await callers()).toEqual([client]);
      const record = await cli.record('dsr-1');
      expect(stepOf(record, 'tried').output).toMatchObject({
        longestAwayMs: expect.any(Number),
      });
      for (const node of nodes) {
        expect(stepOf(record, `proof/summed[${node}]`).output).toMatchObject({
          ipOptions: expect.arrayContaining([154]),
        });
      }

      await cli.expect(0, 'undo', 'dsr-1', '--reason', 'not today', '--yes');
      await cli.expect(4, 'watch', 'dsr-1');
      expect(await modes()).toEqual(['SNAT, none, Random']);
      expect(await callers()).not.toEqual([client]);
      const after = await helm('get', 'values', 'cilium', '--output', 'json');
      expect(JSON.parse(after)).toEqual(JSON.parse(before));
    },
    slow,
  );

  test(
    'to stay, and again: the second run changes nothing; by Geneve it is refused, for what the kernel lacks',
    async () => {
      await cli.expect(0, ...migrate('opt', '--no-capture', '--id', 'dsr-2'));
      await cli.expect(0, ...migrate('opt', '--no-capture', '--id', 'dsr-3'));
      const { steps } = await cli.record('dsr-3');
      expect(steps.filter(({ outcome }) => outcome === 'changed')).toEqual([]);
      const how = ['--dispatch', 'opt', '--within', '60s', '--now', '--no-capture'];
      await cli.expect(0, 'drift', 'dsr-migration', ...service, ...how);
      expect(await modes()).toEqual(['DSR, IP Option/Extension, Maglev']);

      const values = await helm('get', 'values', 'cilium', '--output', 'json');
      const refused = await cli.run(...migrate('geneve', '--headroom', '0', '--id', 'dsr-4'));
      expect(refused.code).toBe(1);
      expect((await cli.record('dsr-4')).state).toBe('refused');
      for (const node of nodes) {
        expect(refused.stdout + refused.stderr).toMatch(
          new RegExp(`${node}: kernel \\S+ has no module geneve`),
        );
      }
      expect(await helm('get', 'values', 'cilium', '--output', 'json')).toBe(values);
    },
    slow,
  );

  test(
    'Geneve all the same, by hand: pods are Ready and the agent claims it; its modules tell, and the roll-out stops there',
    async () => {
      const [chart] = Object.values(lab?.inventory.clusters ?? {}).map(
        ({ vars }) => (vars as { cilium: { chart: string } }).cilium.chart,
      );
      const mode = 'loadBalancer.mode=dsr,loadBalancer.algorithm=maglev';
      const set = ['--set', `tunnelProtocol=geneve,loadBalancer.dsrDispatch=geneve,${mode}`];
      const hold = ['--set', 'updateStrategy.type=OnDelete,updateStrategy.rollingUpdate=null'];
      await helm('upgrade', 'cilium', chart ?? '', '--reuse-values', ...set, ...hold);
      const [first = ''] = nodes;
      const renewal = worker(ciliumAgentsRenewed, { patience: '2m' });
      const { before } = await renewal.check();
      await expect(renewal.apply(before)).rejects.toMatchObject({
        code: 'not-settled',
        message: expect.stringContaining(`${first}: degraded: `),
      });
      const ready = await k(
        'get',
        'pods',
        '--namespace=kube-system',
        '--selector=k8s-app=cilium',
        '--output=jsonpath={.items[*].status.containerStatuses[*].ready}',
      );
      expect(ready).toBe('true true true');
      const said = { mode: 'dsr', dispatch: 'geneve', algorithm: 'maglev' };
      const claim = await worker(ciliumLoadBalancing, { ...said, nodes: [first] }).check();
      expect(claim.drift).toBeNull();
      const health = await worker(ciliumAgentsHealthy, {}).check();
      expect(health.output).toEqual({ agents: 3, unwell: [first] });
      const others = await worker(ciliumLoadBalancing, { nodes: nodes.slice(1) }).check();
      expect(others.output).not.toMatchObject({ dispatch: 'geneve' });
    },
    slow,
  );
});
