import { afterAll, beforeAll, describe, expect } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadProject } from '../../core/definition/loader.js';
import { cacheFolder, filesOf, projectId, projectState } from '../../core/definition/places.js';
import type { Inventory } from '../../core/definition/inventory.js';
import { packageFolder, system } from '../../worker/system.js';
import { needsLab } from './kube-fixture.js';
import { LabCli } from './lab-cli.js';

// A second lab beside the one that the other tests have: in namespaces of its own, with the same addresses.

const test = needsLab('nodes');
const slow = 600_000;
const home = mkdtempSync(join(tmpdir(), 'runbook-second-'));
const [project, stateDir] = [join(home, 'project'), join(home, 'state')];
const cli = new LabCli({ project, stateDir });
const run = 'second-up';

function inventoryNow(): Inventory {
  const own = { ...system, environment: { ...process.env, RUNBOOK_STATE_DIR: stateDir } };
  const id = projectId(own, project);
  const places = {
    state: projectState(own, project),
    cache: cacheFolder(own),
    package: packageFolder,
    id,
  };
  return loadProject(filesOf(own), project, places).inventory;
}

function networkOf({ hosts }: Inventory): { prefix: string } {
  const { vars } = hosts['local'] ?? {};
  return (vars as { lab: { network: { prefix: string } } }).lab.network;
}

/** Namespaces and machines of the second lab that are there. */
function remains(): string[] {
  const { prefix } = networkOf(inventoryNow());
  const spaces = existsSync('/run/netns') ? readdirSync('/run/netns') : [];
  const processes = execFileSync('ps', ['-eo', 'args='], { encoding: 'utf8' }).split('\n');
  return [
    ...spaces.filter((name) => name.startsWith(prefix)),
    ...processes.filter((args) => args.includes(`--machine=${prefix}-`)),
  ];
}

/** What the nodes say of themselves, by the kubectl that is on them. */
function readyNodes(): number {
  const { clusters } = inventoryNow();
  const { kubeconfig = '', path = [] } = clusters['lab'] ?? {};
  const { prefix } = networkOf(inventoryNow());
  const kubectl = [join(path[0] ?? '', 'kubectl'), `--kubeconfig=${kubeconfig}`];
  const status = '{range .items[*]}{.status.conditions[?(@.type=="Ready")].status}{"\\n"}{end}';
  const args = ['get', 'nodes', `--output=jsonpath=${status}`];
  const inside = ['netns', 'exec', prefix, ...kubectl, ...args];
  return execFileSync('ip', inside, { encoding: 'utf8' })
    .split('\n')
    .filter((line) => line === 'True').length;
}

describe('lab-up and lab-down', () => {
  beforeAll(() => {
    const lab = fileURLToPath(new URL('../../labs/cilium-bgp', import.meta.url));
    cpSync(lab, project, { recursive: true });
  });
  afterAll(async () => {
    if (existsSync(stateDir)) {
      await cli.run('start', 'lab-down', '--yes');
      await cli.run('dev', 'stop');
    }
    rmSync(home, { recursive: true, force: true });
  }, slow);

  test(
    'from nothing to three Ready nodes, the worker killed while they join; again, and nothing changes',
    async () => {
      await cli.expect(0, 'start', 'lab-up', '--id', run, '--yes', '--detach');
      await cli.reached(run, 'a node joins', (record) => {
        const joins = record.steps.find(({ path }) => path === 'nodes/join-w1');
        return joins?.phase === 'applying';
      });
      await cli.kill('worker');
      await cli.expect(0, 'watch', run, '--plain');
      expect((await cli.record(run)).state).toBe('succeeded');
      expect(readyNodes()).toBe(3);
      await cli.expect(0, 'start', 'lab-up', '--id', 'second-again', '--yes');
      const { steps } = await cli.record('second-again');
      expect(steps.filter(({ applied }) => applied)).toEqual([]);
      await cli.expect(0, 'drift', 'lab-up');
    },
    slow,
  );

  test(
    'undone as a whole, nothing of it is left; and there is nothing to take down',
    async () => {
      expect(remains()).not.toEqual([]);
      await cli.expect(0, 'undo', run, '--yes', '--watch', '--plain');
      expect(remains()).toEqual([]);
      await cli.expect(0, 'start', 'lab-down', '--id', 'second-down', '--yes');
      const { steps } = await cli.record('second-down');
      expect(steps.filter(({ applied }) => applied)).toEqual([]);
    },
    slow,
  );
});
