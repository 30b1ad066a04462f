import { beforeAll, describe, expect } from '@jest/globals';
import { kubeManifest } from '../../plugins/kube/manifest.js';
import { laws, type LawCase } from '../laws.js';
import { attempt } from '../laws/attempt.js';
import { createLabTargets, kubectl, lab, needsLab } from './kube-fixture.js';

const namespace = 'test-manifest';
const inner = 'test-manifest-inner';
const open = createLabTargets(finish);
const cluster = open(Object.keys(lab?.inventory.clusters ?? {})[0] ?? 'no cluster');
const world = (input: object) => ({
  target: cluster,
  input: { namespace, ...input },
  cleanup: () => Promise.resolve(),
});

async function k(args: readonly string[], input?: object): Promise<string> {
  const more = input === undefined ? {} : { input: JSON.stringify(input) };
  return kubectl(cluster('apply'), [...args, `--namespace=${namespace}`], more);
}

function settings(data: object, labels?: object): object {
  const metadata = { name: 'settings', ...(labels === undefined ? {} : { labels }) };
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata, data };
}

interface Shown {
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly labels?: object;
    readonly managedFields: readonly { manager: string; operation: string; fieldsV1: object }[];
  };
  readonly data?: object;
  readonly spec?: { readonly replicas?: number };
}

/** The objects of the tests: what they hold, and which fields of them this project owns. */
async function snapshot(): Promise<unknown> {
  const own = (item: Shown): object[] =>
    item.metadata.managedFields
      .filter(({ manager }) => manager === 'runbook')
      .map(({ operation, fieldsV1 }) => ({ operation, fieldsV1 }));
  const args = ['get', 'configmaps,services,deployments', '--show-managed-fields', '--output=json'];
  const { items } = JSON.parse(await k(args)) as { items: Shown[] };
  const objects = items
    .filter(({ metadata }) => metadata.name !== 'kube-root-ca.crt')
    .map((item) => ({
      kind: item.kind,
      name: item.metadata.name,
      labels: item.metadata.labels,
      data: item.data,
      replicas: item.spec?.replicas,
      own: own(item),
    }));
  return {
    objects,
    inner: await k(['get', 'namespace', inner, '--ignore-not-found', '--output=name']),
  };
}

async function clear(): Promise<void> {
  await k(['delete', 'configmaps,services,deployments', '--all', '--wait']);
  await k(['delete', 'namespace', inner, '--ignore-not-found', '--wait']);
}

function situation(
  title: string,
  arrange: () => Promise<unknown>,
  manifest: object,
  more: Partial<LawCase> = {},
): LawCase {
  return {
    title,
    arrange: async () => {
      await clear();
      await arrange();
      return { ...world({ manifest }), snapshot };
    },
    ...more,
  };
}

const nothing = (): Promise<void> => Promise.resolve();
const formerly = (manifest: object) => async (): Promise<void> => {
  await attempt(kubeManifest, world({ manifest })).apply(null);
};
/** Made by somebody else, and not by client-side apply. */
const foreign = (data: object) => (): Promise<string> =>
  k(['create', '--filename=-'], settings(data, { owner: 'other' }));

beforeAll(async () => {
  if (lab !== null) await kubectl(cluster('apply'), ['create', 'namespace', namespace]);
}, 60_000);
async function finish(): Promise<void> {
  const both = [namespace, inner];
  await kubectl(cluster('apply'), ['delete', 'namespace', ...both, '--ignore-not-found', '--wait']);
}

const service = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'web' },
  spec: { selector: { app: 'web' }, ports: [{ name: 'http', port: 80 }] },
};
const namespaced = [
  { apiVersion: 'v1', kind: 'Namespace', metadata: { name: inner } },
  {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'in', namespace: inner },
    data: { a: '1' },
  },
];

laws(kubeManifest, {
  test: needsLab(),
  killPoints: 2,
  timeoutMs: 300_000,
  cases: [
    situation(
      'an object of ours with other values',
      formerly(settings({ color: 'green', size: '1' }, { a: 'b' })),
      settings({ color: 'red', shape: 'round' }),
    ),
    situation(
      'an object of others, to which a value is added',
      foreign({ color: 'green' }),
      settings({ size: '1' }),
    ),
    situation('a namespace, and something in it', nothing, namespaced),
    situation(
      'objects as wanted',
      formerly([settings({ color: 'green' }), service]),
      [settings({ color: 'green' }), service],
      { finds: 'nothing' },
    ),
    situation(
      'an object of others as wanted',
      foreign({ color: 'green' }),
      settings({ color: 'green' }),
      { finds: 'nothing' },
    ),
  ],
  bad: [],
});

describe('manifests on a real cluster', () => {
  const test = needsLab();

  test('fields of others are refused with the name of their manager, and left alone', async () => {
    await clear();
    await foreign({ color: 'green' })();
    const worker = attempt(kubeManifest, world({ manifest: settings({ color: 'red' }) }));
    const refused = {
      code: 'refused',
      class: 'permanent',
      message: expect.stringContaining('kubectl-create (.data.color)'),
    };
    await expect(worker.check()).rejects.toMatchObject(refused);
    await expect(worker.apply(null)).rejects.toMatchObject(refused);
    expect(await k(['get', 'configmap', 'settings', '--output=jsonpath={.data.color}'])).toBe(
      'green',
    );
  }, 60_000);

  test('what is kept by client-side apply is left alone, though the dry run looks harmless', async () => {
    await clear();
    await k(['apply', '--filename=-'], settings({ color: 'green' }, { owner: 'other' }));
    const added = attempt(kubeManifest, world({ manifest: settings({ size: '1' }) }));
    const refused = { code: 'refused', message: expect.stringContaining('client-side apply') };
    await expect(added.check()).rejects.toMatchObject(refused);
    await expect(added.apply(null)).rejects.toMatchObject(refused);
    expect(await k(['get', 'configmap', 'settings', '--output=jsonpath={.data}'])).toBe(
      '{"color":"green"}',
    );
    const same = attempt(kubeManifest, world({ manifest: settings({ color: 'green' }) }));
    expect((await same.check()).drift).toBeNull();
  }, 60_000);

  test('drift names paths and values; of a Secret only paths', async () => {
    await clear();
    const secret = (data: object) => ({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'key' },
      stringData: data,
    });
    await formerly([settings({ color: 'green' }), secret({ key: 'old-value' })])();
    const manifest = [settings({ color: 'red' }), secret({ key: 'new-value' })];
    const { drift, before } = await attempt(kubeManifest, world({ manifest })).check();
    expect(drift).toBe(
      'ConfigMap settings: data.color is green instead of red; Secret key: data.key',
    );
    expect(JSON.stringify(before)).not.toMatch(/old-value|b2xkLXZhbHVl/);
    await k(['delete', 'secret', 'key']);
  }, 60_000);

  test('an unknown kind is drift to the check, and may come later', async () => {
    const manifest = { apiVersion: 'nosuch.io/v1', kind: 'Nope', metadata: { name: 'x' } };
    const worker = attempt(kubeManifest, world({ manifest }));
    expect((await worker.check()).drift).toBe('Nope x does not exist');
    await expect(worker.apply(null)).rejects.toMatchObject({
      code: 'action-failed',
      class: 'transient',
    });
  }, 60_000);

  test('a field that does not exist is refused for good', async () => {
    const manifest = { ...settings({}), datum: {} };
    await clear();
    await expect(attempt(kubeManifest, world({ manifest })).apply(null)).rejects.toMatchObject({
      code: 'refused',
      class: 'permanent',
    });
  }, 60_000);
});
