import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect } from '@jest/globals';
import { createLabTargets, kubectl, lab, needsLab } from './kube-fixture.js';
import { LabCli, stepOf } from './lab-cli.js';

const test = needsLab('nodes', 'clients');
const open = createLabTargets();
const cli = new LabCli();
const slow = 600_000;
const deploy = ['app-deploy', '--name', 'echo', '--pods', 'app=echo'];

const k = (...args: string[]): Promise<string> => kubectl(open('lab')('apply'), args);
const there = (): Promise<string> =>
  k('get', 'deployments,services', '--selector=app=echo', '--output=name');

/** Nodes of the pods, by the table of kubectl. */
async function nodesOfPods(): Promise<string[]> {
  const column = '--output=custom-columns=NODE:.spec.nodeName';
  const text = await k('get', 'pods', '--selector=app=echo', '--no-headers', column);
  return text
    .split('\n')
    .filter((line) => line !== '')
    .sort();
}

const file = join(lab?.project ?? '', 'app.yaml');
const sound = lab === null ? '' : readFileSync(file, 'utf8');

async function clear(): Promise<void> {
  if (lab === null) return;
  writeFileSync(file, sound);
  rmSync(dirname(other.sound), { recursive: true, force: true });
  await k(
    'delete',
    'deployments,services,pods',
    '--selector=app=echo',
    '--ignore-not-found',
    '--wait',
  );
}
afterAll(clear, 120_000);

/** The seed's mistakes, each in a manifest that the API server would take. */
const mistakes: readonly (readonly [string, string, string])[] = [
  [
    'selector-matches-nothing',
    'labelSelector: { matchLabels: { app: echo } }',
    'labelSelector: { matchLabels: { app: sample-app } }',
  ],
  ['image-tag', 'image: lab.local/whoami:v1', 'image: lab.local/whoami'],
];

/** A second manifest, with the mistake of the seed, and without. */
const other = {
  sound: join(lab?.project ?? '', 'other', 'echo-2.yaml'),
  bare: join(lab?.project ?? '', 'other', 'bare.yaml'),
};
const bare = `apiVersion: v1
kind: Pod
metadata: { name: bare, labels: { app: echo } }
spec: { containers: [{ name: x, image: 'lab.local/whoami:v1' }] }
`;
const named = (file: string, ...more: string[]): string[] => [
  ...deploy.map((word) => (word === 'echo' ? 'echo-2' : word)),
  '--manifest',
  file,
  ...more,
];

describe('app-deploy on the lab', () => {
  test(
    'any manifest of the project is linted, deployed and undone; one that is missing or outside is refused',
    async () => {
      await clear();
      mkdirSync(dirname(other.sound), { recursive: true });
      writeFileSync(other.sound, sound.replaceAll('name: echo', 'name: echo-2'));
      writeFileSync(other.bare, bare);
      for (const file of ['other/none.yaml', '../app.yaml', '/etc/hostname']) {
        await cli.expect(64, 'start', ...named(file), '--yes');
      }
      await cli.expect(1, 'start', ...named('other/bare.yaml'), '--id', 'other-bare', '--yes');
      const refused = await cli.record('other-bare');
      expect(refused.state).toBe('refused');
      expect(stepOf(refused, 'manifest-is-sound').failure?.message).toContain('bare-pod');
      expect(await there()).toBe('');

      const args = named('other/echo-2.yaml', '--hold', '--id', 'other-1', '--yes');
      await cli.expect(3, 'start', ...args);
      expect(await there()).toContain('deployment.apps/echo-2');
      expect(await nodesOfPods()).toEqual(['k8s-ctr', 'k8s-w0', 'k8s-w1']);
      await cli.expect(0, 'undo', 'other-1', '--reason', 'not today', '--yes');
      await cli.expect(4, 'watch', 'other-1');
      expect(await there()).toBe('');
    },
    slow,
  );

  test(
    "the seed's mistakes are refused before anything is touched",
    async () => {
      await clear();
      for (const [rule, good, bad] of mistakes) {
        writeFileSync(file, sound.replace(good, bad));
        const id = `lint-${rule}`;
        await cli.expect(1, 'start', ...deploy, '--id', id, '--yes');
        const record = await cli.record(id);
        expect(record.state).toBe('refused');
        expect(stepOf(record, 'manifest-is-sound').failure?.message).toContain(rule);
      }
      const pod = `---\napiVersion: v1\nkind: Pod\nmetadata: { name: bare, labels: { app: echo } }\nspec: { nodeName: k8s-ctr, containers: [{ name: x, image: 'lab.local/whoami:v1' }] }\n`;
      writeFileSync(file, `${sound}${pod}`);
      await cli.expect(1, 'start', ...deploy, '--id', 'lint-bare', '--yes');
      const { failure } = stepOf(await cli.record('lint-bare'), 'manifest-is-sound');
      expect(failure?.message).toMatch(/bare-pod.*node-name/);
      expect(await there()).toBe('');
      writeFileSync(file, sound);
    },
    slow,
  );

  test(
    'is deployed with a worker killed in the middle, serves from every node, and is undone',
    async () => {
      await clear();
      await cli.expect(0, 'start', ...deploy, '--id', 'deploy-1', '--hold', '--yes', '--detach');
      await cli.reached(
        'deploy-1',
        'it applies',
        (record) =>
          stepOf(record, 'apply').phase === 'applying' || stepOf(record, 'apply').outcome !== null,
      );
      await cli.kill('worker');
      await cli.reached('deploy-1', 'it holds', ({ state }) => state === 'waiting');
      expect(await nodesOfPods()).toEqual(['k8s-ctr', 'k8s-w0', 'k8s-w1']);
      // Asked with curl from a node, by the address that kubectl tells.
      const ip = await k('get', 'service', 'echo', '--output=jsonpath={.spec.clusterIP}');
      const { stdout } = await open('k8s-w1')('check').run('curl', ['-s', `http://${ip}/`]);
      expect(stdout).toMatch(/^Hostname: echo-/);

      await cli.expect(0, 'undo', 'deploy-1', '--reason', 'not today', '--yes');
      await cli.expect(4, 'watch', 'deploy-1');
      expect((await cli.record('deploy-1')).state).toBe('undone');
      expect(await there()).toBe('');
    },
    slow,
  );

  test(
    'a second run finds nothing to change; wrong replicas are put right',
    async () => {
      await cli.expect(0, 'start', ...deploy, '--id', 'deploy-2', '--yes');
      await cli.expect(0, 'start', ...deploy, '--id', 'deploy-3', '--yes');
      const changed = (await cli.record('deploy-3')).steps.filter(
        ({ outcome }) => outcome === 'changed',
      );
      expect(changed.map(({ path }) => path)).toEqual([]);
      await cli.expect(0, 'drift', ...deploy);
      // By the same manager, as an earlier version of the file would have.
      writeFileSync(file, sound.replace('replicas: 3', 'replicas: 2'));
      await cli.expect(0, 'start', ...deploy, '--id', 'deploy-4', '--yes');
      expect(await k('get', 'deployment', 'echo', '--output=jsonpath={.status.replicas}')).toBe(
        '2',
      );
      writeFileSync(file, sound);
      await cli.expect(2, 'drift', ...deploy);
      await cli.expect(0, 'start', ...deploy, '--id', 'deploy-5', '--yes');
      expect(await nodesOfPods()).toHaveLength(3);
    },
    slow,
  );
});
