import { describe, expect, test } from '@jest/globals';
import {
  clientSideManagers,
  lastApplied,
  project,
} from '../../../../plugins/kube/manifests/applied.js';
import type { LiveObject } from '../../../../plugins/kube/manifests/object.js';
import { recorded } from '../fixture.js';

const live = JSON.parse(recorded('kubectl/deployment-managed.json')) as LiveObject;

describe('what was applied last', () => {
  test('is found again in the fields that this project owns', () => {
    expect(lastApplied(live)).toEqual({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'web', namespace: 'law' },
      spec: {
        replicas: 1,
        selector: { matchLabels: { app: 'web' } },
        template: {
          metadata: { labels: { app: 'web' } },
          spec: {
            containers: [
              { name: 'w', image: 'lab.local/whoami:v1', ports: [{ containerPort: 80 }] },
            ],
          },
        },
      },
    });
  });

  test('is nothing where others made the object', () => {
    const foreign = live.metadata.managedFields?.filter(({ manager }) => manager !== 'runbook');
    const object = { ...live, metadata: { ...live.metadata, managedFields: foreign ?? [] } };
    expect(lastApplied(object)).toBeNull();
    expect(lastApplied({ ...live, metadata: { name: 'x' } })).toBeNull();
  });
});

describe('projection', () => {
  test('elements by key, by value and by place', () => {
    const value = {
      list: [
        { name: 'a', x: 1, y: 2 },
        { name: 'b', x: 3 },
      ],
      set: ['p', 'q'],
      rest: 1,
    };
    expect(
      project(value, {
        'f:list': { 'k:{"name":"b"}': { '.': {}, 'f:name': {}, 'f:x': {} } },
        'f:set': { 'v:"q"': {} },
      }),
    ).toEqual({ list: [{ name: 'b', x: 3 }], set: ['q'] });
    expect(project(value, { 'f:set': { 'i:0': {} } })).toEqual({ set: ['p'] });
  });

  test('a field without parts is taken whole; the mark for itself alone means an empty one', () => {
    expect(project({ a: { b: 1 } }, { 'f:a': {} })).toEqual({ a: { b: 1 } });
    expect(project({ a: { b: 1 } }, { 'f:a': { '.': {} } })).toEqual({ a: {} });
    expect(project({ a: 1 }, { 'f:gone': {} })).toEqual({});
  });
});

describe('client-side apply', () => {
  test('is seen by who owns the annotation', () => {
    const fieldsV1 = {
      'f:metadata': {
        'f:annotations': { '.': {}, 'f:kubectl.kubernetes.io/last-applied-configuration': {} },
      },
    };
    const entry = { manager: 'kubectl-client-side-apply', operation: 'Update', fieldsV1 };
    const kept = (more: object): LiveObject => ({
      ...live,
      metadata: { name: 'x', managedFields: [{ ...entry, ...more }] },
    });
    expect(clientSideManagers(kept({}))).toEqual(['kubectl-client-side-apply']);
    expect(clientSideManagers(kept({ operation: 'Apply' }))).toEqual([]);
    expect(clientSideManagers(kept({ fieldsV1: { 'f:metadata': {} } }))).toEqual([]);
    expect(clientSideManagers(live)).toEqual([]);
  });
});
