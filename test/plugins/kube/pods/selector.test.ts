import { describe, expect, test } from '@jest/globals';
import { selects } from '../../../../plugins/kube/pods/selector.js';

const labels = { app: 'web', tier: 'front' };
const requires = (key: string, operator: string, ...values: string[]) =>
  selects({ matchExpressions: [{ key, operator, values }] }, labels);

describe('label selectors', () => {
  test('an empty one selects everything, none at all nothing', () => {
    expect(selects({}, undefined)).toBe(true);
    expect(selects(null, labels)).toBe(false);
    expect(selects(undefined, labels)).toBe(false);
  });

  test('labels must all match', () => {
    expect(selects({ matchLabels: { app: 'web' } }, labels)).toBe(true);
    expect(selects({ matchLabels: { app: 'web', tier: 'back' } }, labels)).toBe(false);
    expect(selects({ matchLabels: { app: 'web' } }, undefined)).toBe(false);
  });

  test('each operator', () => {
    expect(requires('app', 'In', 'db', 'web')).toBe(true);
    expect(requires('app', 'In', 'db')).toBe(false);
    expect(requires('app', 'NotIn', 'web')).toBe(false);
    expect(requires('zone', 'NotIn', 'a')).toBe(true);
    expect(requires('tier', 'Exists')).toBe(true);
    expect(requires('zone', 'Exists')).toBe(false);
    expect(requires('zone', 'DoesNotExist')).toBe(true);
    expect(requires('tier', 'DoesNotExist')).toBe(false);
    expect(requires('tier', 'Sometimes')).toBe(false);
  });

  test('numbers, for nodes', () => {
    const has = { cpus: '8' };
    const is = (operator: string, value: string) =>
      selects({ matchExpressions: [{ key: 'cpus', operator, values: [value] }] }, has);
    expect(is('Gt', '4')).toBe(true);
    expect(is('Gt', '8')).toBe(false);
    expect(is('Lt', '16')).toBe(true);
  });
});
