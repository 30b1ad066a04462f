import { describe, expect, test } from '@jest/globals';
import { jsonBytes } from '../../../../core/excerpt.js';
import { differences } from '../../../../plugins/kube/manifests/difference.js';
import {
  byNamespace,
  isSame,
  type LiveObject,
  type ManifestObject,
} from '../../../../plugins/kube/manifests/object.js';
import {
  bare,
  beforeOf,
  formerManifest,
  ownedText,
} from '../../../../plugins/kube/manifests/state.js';
import { recorded } from '../fixture.js';

const live = JSON.parse(recorded('kubectl/deployment-managed.json')) as LiveObject;
const wanted: ManifestObject = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web' },
  spec: {
    replicas: 5,
    selector: { matchLabels: { app: 'web' } },
    template: {
      metadata: { labels: { app: 'web' } },
      spec: {
        containers: [{ name: 'w', image: 'lab.local/whoami:v2', ports: [{ containerPort: 80 }] }],
      },
    },
  },
};
const changed = { ...live, spec: { ...(live['spec'] as object), replicas: 5 } };

describe('what is kept of a manifest for undo', () => {
  test('the former manifest comes back from the few edits that are kept', () => {
    const before = beforeOf([wanted], [live], [differences(live, changed)], 'law');
    const [found] = before.objects;
    expect(found).toEqual({
      former: [
        [['spec', 'replicas'], 1],
        [['spec', 'template', 'spec', 'containers', 0, 'image'], 'lab.local/whoami:v1'],
      ],
    });
    expect(before.differs).toMatch(/^[0-9a-f]{12}$/);
    if (typeof found !== 'object') throw new Error('not kept');
    expect(formerManifest(wanted, found.former, live, 'law')).toMatchObject({
      metadata: { name: 'web', namespace: 'law' },
      spec: { replicas: 1 },
    });
  });

  test('what is absent, foreign or unchanged', () => {
    const foreign = { ...live, metadata: { name: 'web', namespace: 'law' } };
    const changes = differences(live, changed);
    const found = beforeOf(
      [wanted, wanted, wanted],
      [null, foreign, live],
      [[], changes, []],
      'law',
    );
    expect(found).toEqual({ objects: ['absent', 'foreign', 'same'], differs: expect.any(String) });
    expect(beforeOf([wanted], [live], [[]], 'law')).toEqual({ objects: ['same'], differs: '' });
  });

  test('of what does not fit it is said that it is lost, and the whole fits', () => {
    const text = 'x'.repeat(700);
    const config = (data: object): LiveObject => ({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: {
        name: 'c',
        namespace: 'law',
        managedFields: [
          {
            manager: 'runbook',
            operation: 'Apply',
            apiVersion: 'v1',
            fieldsV1: { 'f:data': { 'f:a': {} } },
          },
        ],
      },
      data,
    });
    const object = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'c' },
      data: { a: 'new' },
    };
    const objects = [object, object];
    const changes = [{ path: 'data.a', is: text, wanted: 'new' }];
    const before = beforeOf(
      objects,
      [config({ a: text }), config({ a: text })],
      [changes, changes],
      'law',
    );
    expect(before.objects).toEqual([{ former: expect.any(Array) }, 'too-large']);
    expect(jsonBytes(before)).toBeLessThanOrEqual(1024);
  });

  test('twenty objects fit', () => {
    const objects = Array.from({ length: 20 }, () => wanted);
    const lives = objects.map(() => live);
    const before = beforeOf(
      objects,
      lives,
      lives.map((one) => differences(one, changed)),
      'law',
    );
    expect(jsonBytes(before)).toBeLessThanOrEqual(1024);
  });

  test('nothing of a Secret', () => {
    const secret: LiveObject = {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: {
        name: 's',
        managedFields: [
          {
            manager: 'runbook',
            operation: 'Apply',
            apiVersion: 'v1',
            fieldsV1: { 'f:data': { 'f:key': {} } },
          },
        ],
      },
      data: { key: 'b2xk' },
    };
    const object = {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 's' },
      stringData: { key: 'new' },
    };
    const other = { ...secret, data: { key: 'bmV3' } };
    const mark = (to: LiveObject) => beforeOf([object], [secret], [differences(secret, to)], 'law');
    expect(mark(other).objects).toEqual(['secret']);
    // Not even a hash that could be tried against guesses.
    expect(mark(other)).toEqual(mark({ ...secret, data: { key: 'YW55' } }));
  });
});

describe('objects', () => {
  test('a bare one states nothing', () => {
    expect(bare(wanted)).toEqual({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'web' },
    });
  });

  test('are the same by group, kind, name and namespace, whatever the version', () => {
    const at = (apiVersion: string, namespace?: string) => ({
      ...wanted,
      apiVersion,
      metadata: { name: 'web', ...(namespace === undefined ? {} : { namespace }) },
    });
    expect(isSame(at('apps/v1'), at('apps/v1beta1'))).toBe(true);
    expect(isSame(at('apps/v1'), at('other/v1'))).toBe(false);
    expect(isSame(at('apps/v1', 'a'), at('apps/v1', 'b'))).toBe(false);
    expect(isSame(at('apps/v1', 'a'), at('apps/v1'))).toBe(true);
    expect(isSame(at('v1'), at('v1beta1'))).toBe(true);
  });

  test('go to kubectl in their order, neighbours of one namespace together', () => {
    const at = (name: string, namespace?: string) => ({
      ...wanted,
      metadata: { name, ...(namespace === undefined ? {} : { namespace }) },
    });
    const groups = byNamespace([at('a'), at('b', 'x'), at('c', 'x'), at('d', 'y'), at('e')], 'y');
    expect(
      groups.map((group) => [group.namespace, group.objects.map((each) => each.metadata.name)]),
    ).toEqual([
      ['y', ['a']],
      ['x', ['b', 'c']],
      ['y', ['d', 'e']],
    ]);
  });

  test('what a manifest owns is short, and differs with its objects', () => {
    expect(ownedText([wanted])).toBe('manifest/Deployment/web');
    const two = ownedText([wanted, { ...wanted, metadata: { name: 'other' } }]);
    expect(two).toMatch(/^manifest\/Deployment\/web\+1\/[0-9a-f]{12}$/);
    expect(ownedText([wanted, wanted])).not.toBe(two);
  });
});
