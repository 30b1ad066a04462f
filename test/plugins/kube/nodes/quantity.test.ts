import { describe, expect, test } from '@jest/globals';
import { amounts, minus, most, plus, quantity } from '../../../../plugins/kube/nodes/quantity.js';

describe('quantities', () => {
  test.each([
    ['2', 2],
    ['100m', 0.1],
    ['1.5Gi', 1_610_612_736],
    ['24632892Ki', 25_224_081_408],
    ['128974848', 128_974_848],
    ['129e6', 129_000_000],
    ['129M', 129_000_000],
    ['.5', 0.5],
    ['1E', 1e18],
    ['1e3', 1000],
    ['250n', 2.5e-7],
    ['0', 0],
  ])('%s', (text, number) => {
    expect(quantity(text)).toBeCloseTo(number, 9);
  });

  test.each(['', 'x', '1 Gi', '1GiB', '--1', 'Ki', '1.2.3'])('%j is none', (text) => {
    expect(() => quantity(text)).toThrow(RangeError);
  });

  test('sums, differences and maxima, by name', () => {
    const a = amounts({ cpu: '1', pods: '110' });
    const b = { cpu: 0.5, memory: 7 };
    expect(plus(a, b)).toEqual({ cpu: 1.5, memory: 7, pods: 110 });
    expect(minus(a, b)).toEqual({ cpu: 0.5, memory: -7, pods: 110 });
    expect(most(a, b)).toEqual({ cpu: 1, memory: 7, pods: 110 });
    expect(amounts(undefined)).toEqual({});
  });
});
