import { describe, expect, test } from '@jest/globals';
import { kubeClaimed } from '../../../plugins/kube/claimed.js';
import { isOwn } from '../../../plugins/kube/nodes/maintenance-lease.js';
import { attempt, type Attempt } from '../../laws/attempt.js';
import { laws, type LawCase } from '../../laws.js';
import { LeaseApi } from './lease-api.js';

const ago = (hours: number): Date => new Date(Date.now() - hours * 3_600_000);
const input = { node: 'k8s-w0', for: '2h' };

function situation(
  title: string,
  arrange: (api: LeaseApi) => void,
  more: Partial<LawCase> = {},
): LawCase {
  return {
    title,
    arrange: () => {
      const api = new LeaseApi();
      arrange(api);
      return Promise.resolve({
        target: api.cluster,
        input,
        snapshot: () => Promise.resolve(api.holder()),
        cleanup: () => Promise.resolve(),
      });
    },
    ...more,
  };
}

laws(kubeClaimed, {
  cases: [
    situation('a node that nobody has', () => undefined, {
      later: { ...input, for: '5h', left: '2h30m' },
    }),
    situation('a cluster without a namespace for leases', (api) => {
      api.namespace = false;
    }),
    situation('a lease whose time is up', (api) => api.hold('node-maintenance', ago(2))),
    situation('a lease of this run', (api) => api.hold('runbook/laws', ago(1.5), 7200), {
      finds: 'nothing',
    }),
  ],
  bad: [
    { title: 'an option as the name of a node', input: { node: '--all' } },
    { title: 'no time at all', input: { node: 'k8s-w0', for: '0s' } },
    { title: 'more than a week', input: { node: 'k8s-w0', for: '8d' } },
    { title: 'more to be left than half', input: { node: 'k8s-w0', for: '2h', left: '61m' } },
    { title: 'no duration', input: { node: 'k8s-w0', for: 'long' } },
    { title: 'an unknown field', input: { node: 'k8s-w0', force: true } },
  ],
});

function on(api: LeaseApi, more: object = {}, run = 'laws'): Attempt {
  const world = {
    target: api.cluster,
    input: { ...input, ...more },
    cleanup: () => Promise.resolve(),
  };
  return attempt(kubeClaimed, world, undefined, run);
}

describe('a claim', () => {
  test('is a lease as medik8s makes it', async () => {
    const api = new LeaseApi();
    await on(api).apply({ claimed: false });
    const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
    expect(api.lease).toMatchObject({
      metadata: {
        name: 'node-k8s-w0',
        namespace: 'medik8s-leases',
        ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name: 'k8s-w0', uid: 'uid-node' }],
      },
      spec: {
        holderIdentity: 'runbook/laws',
        leaseDurationSeconds: 7200,
        acquireTime: time,
        renewTime: time,
        leaseTransitions: 0,
      },
    });
  });

  test('that another has is named by the check, and not taken', async () => {
    const api = new LeaseApi();
    api.hold('node-maintenance', ago(0.5));
    const { drift, before } = await on(api).check();
    expect(drift).toMatch(/^node-maintenance holds medik8s-leases\/node-k8s-w0 until 20/);
    expect(before).toEqual({ claimed: false });
    await expect(on(api).apply({ claimed: false })).rejects.toMatchObject({
      code: 'refused',
      class: 'permanent',
      message: expect.stringMatching(/^lab: node-maintenance holds .* until 20/),
      hint: expect.stringContaining('kubectl delete lease node-k8s-w0 --namespace=medik8s-leases'),
    });
    await on(api).undo({ claimed: false });
    expect(api.holder()).toBe('node-maintenance');
  });

  test('that another run has is that of another', async () => {
    const api = new LeaseApi();
    await on(api, {}, 'first').apply({ claimed: false });
    await expect(on(api, {}, 'second').apply({ claimed: false })).rejects.toMatchObject({
      message: expect.stringContaining('runbook/first holds'),
    });
    await on(api, {}, 'second').undo({ claimed: false });
    expect(api.holder()).toBe('runbook/first');
  });

  test('whose time was up is counted on', async () => {
    const api = new LeaseApi();
    api.hold('node-maintenance', ago(2));
    await on(api).apply({ claimed: false });
    expect(api.lease?.spec).toMatchObject({ holderIdentity: 'runbook/laws', leaseTransitions: 1 });
  });

  test('is renewed only where less is left than is asked for, and is then still the same', async () => {
    const api = new LeaseApi();
    await on(api).apply({ claimed: false });
    const first = api.lease;
    expect((await on(api, { left: '1h' }).check()).drift).toBeNull();
    await on(api, { left: '1h' }).apply({ claimed: true });
    expect(api.lease).toBe(first);
    const { drift } = await on(api, { for: '6h', left: '3h' }).check();
    expect(drift).toMatch(/is claimed until 20\S+ only$/);
    await on(api, { for: '6h', left: '3h' }).apply({ claimed: true });
    expect(api.lease?.spec).toMatchObject({
      holderIdentity: 'runbook/laws',
      leaseDurationSeconds: 21_600,
      acquireTime: first?.spec?.acquireTime,
      leaseTransitions: 0,
    });
  });

  test('of a run whose time is up is its own until another takes it', async () => {
    const api = new LeaseApi();
    api.hold('runbook/laws', ago(5));
    expect((await on(api).check()).drift).toBeNull();
    api.hold('node-maintenance', ago(0));
    expect((await on(api).check()).drift).toContain('node-maintenance holds');
    // What another has meanwhile is not released.
    await on(api).undo({ claimed: false });
    expect(api.holder()).toBe('node-maintenance');
  });

  test.each(['create', 'patch'])('goes to whoever is quicker at %s', async (verb) => {
    const api = new LeaseApi();
    if (verb === 'patch') api.hold('node-maintenance', ago(2));
    api.before = (next) => {
      if (next === verb) api.hold('self-node-remediation', ago(0));
    };
    await expect(on(api).apply({ claimed: false })).rejects.toMatchObject({
      code: 'refused',
      message: expect.stringContaining('self-node-remediation holds'),
    });
  });

  test('is taken where the other has gone meanwhile, and released only as it was read', async () => {
    const api = new LeaseApi();
    api.hold('node-maintenance', ago(2));
    let once = true;
    api.before = (verb) => {
      if (verb !== 'patch' || !once) return;
      once = false;
      api.lease = null;
    };
    await on(api).apply({ claimed: false });
    expect(api.holder()).toBe('runbook/laws');
    api.before = (verb) => {
      if (verb === 'delete') api.hold('node-maintenance', ago(0));
    };
    await on(api).undo({ claimed: false });
    expect(api.holder()).toBe('node-maintenance');
  });

  test('needs a node', async () => {
    await expect(on(new LeaseApi(), { node: 'nope' }).check()).rejects.toThrow("no node 'nope'");
  });
});

test('a part of a run is no other run', () => {
  expect(isOwn('runbook/fleet', 'fleet')).toBe(true);
  expect(isOwn('runbook/fleet', 'fleet/hosts/k8s-w0')).toBe(true);
  expect(isOwn('runbook/fleet/hosts/k8s-w0', 'fleet')).toBe(false);
  expect(isOwn('runbook/fle', 'fleet')).toBe(false);
  expect(isOwn('runbook', 'fleet')).toBe(false);
  expect(isOwn('node-maintenance', 'fleet')).toBe(false);
});
