import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect } from '@jest/globals';
import { helmRelease } from '../../plugins/helm/release.js';
import { markOf, stepLabel } from '../../plugins/helm/release/operation.js';
import { laws, type LawCase } from '../laws.js';
import { attempt } from '../laws/attempt.js';
import { createLabTargets, kubectl, lab, needsLab, until } from './kube-fixture.js';

const open = createLabTargets();
const cluster = open(Object.keys(lab?.inventory.clusters ?? {})[0] ?? 'no cluster');
const test = needsLab('nodes');
const place = ['--namespace', 'law-helm'];
const world = (input: unknown) => ({ target: cluster, input, cleanup });

/** Charts of two versions: one object that shows all values, and a hook that never ends where told. */
let folder = '';
const chart = (version: string): string => join(folder, version);

async function makeChart(version: string): Promise<void> {
  await mkdir(join(chart(version), 'templates'), { recursive: true });
  const files = {
    'Chart.yaml': `apiVersion: v2\nname: law\nversion: ${version}\n`,
    'values.yaml': 'a: {x: 1}\nhang: false\nbad: false\n',
    'templates/all.yaml': `apiVersion: v1
kind: ConfigMap
metadata: {name: {{ .Release.Name }}{{ if .Values.bad }}_NO{{ end }}}
data: {version: ${version}, values: {{ omit .Values "hang" | toJson | quote }}}
{{- if .Values.hang }}
---
apiVersion: batch/v1
kind: Job
metadata: {name: hang, annotations: {helm.sh/hook: "pre-install,pre-upgrade", helm.sh/hook-delete-policy: before-hook-creation}}
spec: {template: {spec: {restartPolicy: Never, nodeSelector: {no: such}, containers: [{name: x, image: none}]}}}
{{- end }}
`,
  };
  for (const [name, text] of Object.entries(files)) {
    await writeFile(join(chart(version), name), text);
  }
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'runbook-law-'));
  await makeChart('1.0.0');
  await makeChart('1.1.0');
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

function helm(args: readonly string[], values: object = {}) {
  return cluster('apply').run('helm', [...args, ...place], {
    input: JSON.stringify(values),
    exits: 'any',
    timeout: '60s',
  });
}

function upgrade(values: object, ...more: string[]) {
  const args = [
    'upgrade',
    '--install',
    'law',
    chart('1.0.0'),
    '--values',
    '-',
    '--create-namespace',
  ];
  return helm([...args, ...more], values);
}

async function lastStatus(): Promise<string | undefined> {
  const { exitCode, stdout } = await helm(['history', 'law', '--output', 'json']);
  return exitCode === 0 ? (JSON.parse(stdout) as { status: string }[]).at(-1)?.status : undefined;
}

/**
 * A helm that is killed while it waits for a hook: what a lost worker leaves behind. A helm that is asked
 * to stop (SIGTERM) marks its release as failed; only SIGKILL leaves it pending.
 */
async function killed(...more: string[]): Promise<void> {
  const hung = upgrade({ hang: true }, ...more).catch(() => undefined);
  await until(
    'helm waits for the hook',
    async () => (await lastStatus())?.startsWith('pending-') === true,
  );
  spawnSync('pkill', ['-KILL', '--full', `upgrade --install law ${folder}`]);
  await hung;
  const status = await lastStatus();
  if (status?.startsWith('pending-') !== true) throw new Error(`the release is ${status}`);
}

const ours = [
  '--labels',
  `${stepLabel}=${markOf({ id: 'laws', step: 'law', startedAt: '', user: '' })}`,
];

async function cleanup(): Promise<void> {
  await helm(['uninstall', 'law', '--ignore-not-found']);
  await kubectl(cluster('apply'), ['delete', 'job', '--all', ...place]);
}

/** What the release has put into the cluster, without what counts revisions. */
async function snapshot(): Promise<unknown> {
  const text = await kubectl(cluster('check'), ['get', 'configmaps', ...place, '--output=json']);
  const { items } = JSON.parse(text) as { items: { metadata: { name: string }; data: object }[] };
  return items
    .filter(({ metadata }) => metadata.name !== 'kube-root-ca.crt')
    .map(({ metadata, data }) => ({ name: metadata.name, data }));
}

function situation(
  title: string,
  arrange: () => Promise<unknown>,
  input: object,
  more: Partial<LawCase> = {},
): LawCase {
  return {
    title,
    arrange: async () => {
      await cleanup();
      await arrange();
      const all = { name: 'law', namespace: 'law-helm', chart: chart('1.0.0'), ...input };
      return { ...world(all), snapshot };
    },
    ...more,
  };
}

const values = { a: { x: 2, y: null }, n: 1e3, list: [1, null] };
const created = { createNamespace: true };

laws(helmRelease, {
  test,
  killPoints: 2,
  timeoutMs: 300_000,
  cases: [
    situation('no release', () => Promise.resolve(), { values, ...created }),
    situation('other values', () => upgrade({ a: { z: 'text' } }), { values }),
  ],
  bad: [],
});

async function check(input: object) {
  const all = { name: 'law', namespace: 'law-helm', chart: chart('1.0.0'), ...input };
  return attempt(helmRelease, world(all)).check();
}

/** Applies and undoes, and says what was done. */
async function thereAndBack(input: object): Promise<{ drift: string | null; output: unknown }> {
  const all = { name: 'law', namespace: 'law-helm', chart: chart('1.0.0'), ...input };
  const worker = attempt(helmRelease, world(all));
  const original = await snapshot();
  const { before, drift } = await worker.check();
  await worker.apply(before);
  const found = await worker.check();
  expect(found.drift).toBeNull();
  await worker.undo(before);
  expect(await worker.restored(before)).toBeNull();
  expect(await snapshot()).toEqual(original);
  return { drift, output: found.output };
}

describe('helm.release on the lab', () => {
  test('the values found are in a file before others are in force, and stay there', async () => {
    await cleanup();
    await upgrade({ a: { x: 5 }, password: 'hush' });
    const saveTo = join(folder, 'saved', 'law.json');
    const input = { name: 'law', namespace: 'law-helm', chart: chart('1.0.0'), values, saveTo };
    const worker = attempt(helmRelease, { ...world(input), on: { local: open('local') } });
    const { before } = await worker.check();
    await worker.apply(before);
    await worker.undo(before);
    expect(JSON.parse(await readFile(saveTo, 'utf8'))).toEqual({ a: { x: 5 }, password: 'hush' });
    expect((await stat(saveTo)).mode & 0o777).toBe(0o600);
  }, 120_000);

  test('another version of the chart', async () => {
    await cleanup();
    await upgrade(values);
    const { drift, output } = await thereAndBack({ chart: chart('1.1.0'), values });
    expect(drift).toBe('law: chart law-1.0.0 → law-1.1.0');
    expect(output).toEqual({ revision: 2, status: 'deployed' });
  }, 120_000);

  test('the differences are told, and texts are not shown', async () => {
    await cleanup();
    await upgrade({ a: { x: 1 }, secret: 'hush', gone: true });
    const { drift } = await check({ values: { a: { x: 2 }, secret: 'other' } });
    expect(drift).toBe('law: a.x: 1 → 2, gone: true → absent, secret: … → …');
  }, 120_000);

  test('a revision that failed is put right', async () => {
    await cleanup();
    await upgrade(values);
    expect((await upgrade({ bad: true })).exitCode).toBe(1);
    const { drift } = await thereAndBack({ values });
    expect(drift).toMatch(/^law: revision 2 failed, /);
  }, 120_000);

  test('what a lost attempt of this step left behind is taken back, and done anew', async () => {
    await cleanup();
    await upgrade({ a: { x: 7 } });
    await killed(...ours);
    const { drift, output } = await thereAndBack({ values });
    expect(drift).toMatch(/^law: revision 2 is pending-upgrade, /);
    expect(output).toEqual({ revision: 4, status: 'deployed' });
  }, 120_000);

  test('so is a first installation that was lost', async () => {
    await cleanup();
    await killed(...ours);
    const worker = attempt(
      helmRelease,
      world({ name: 'law', namespace: 'law-helm', chart: chart('1.0.0'), values }),
    );
    const { before, drift } = await worker.check();
    expect(drift).toMatch(/^law: revision 1 is pending-install, /);
    await worker.apply(before);
    expect((await worker.check()).drift).toBeNull();
  }, 120_000);

  test('what another helm is at is left alone, and the way out is told', async () => {
    await cleanup();
    await upgrade(values);
    await killed();
    const worker = attempt(
      helmRelease,
      world({ name: 'law', namespace: 'law-helm', chart: chart('1.0.0'), values: {} }),
    );
    const { before } = await worker.check();
    const refusal = {
      code: 'refused',
      class: 'permanent',
      message: expect.stringMatching(/revision 2 of law is pending-upgrade, and not by this step/),
      hint: expect.stringMatching(/helm rollback law 1 --namespace law-helm, then retry/),
    };
    await expect(worker.apply(before)).rejects.toMatchObject(refusal);
    await expect(worker.undo(before)).rejects.toMatchObject(refusal);
  }, 120_000);

  test('a chart that is none, and one of another version, are refused by the check', async () => {
    await expect(check({ chart: join(folder, 'none') })).rejects.toMatchObject({
      code: 'refused',
      class: 'permanent',
    });
    await expect(check({ version: '1.1.0' })).rejects.toMatchObject({
      code: 'input-invalid',
      message: expect.stringMatching(/is law 1\.0\.0, not 1\.1\.0$/),
    });
    await cleanup();
  }, 60_000);
});
