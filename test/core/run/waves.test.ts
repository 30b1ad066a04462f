import { describe, expect, test } from '@jest/globals';
import { fleetShape, shapeInWords } from '../../../core/run/waves.js';

describe('arithmetic of a fleet', () => {
  test('waves reach as far as they say, the rest comes last', () => {
    expect(fleetShape({ waves: [1, '25%', '100%'] }, 12).waves).toEqual([1, 2, 9]);
    expect(fleetShape({ waves: [1, '25%'] }, 50).waves).toEqual([1, 12, 37]);
    expect(fleetShape({ waves: [5, '10%'] }, 8).waves).toEqual([5, 3]);
    expect(fleetShape({ waves: [1, '25%', '100%'] }, 1).waves).toEqual([1]);
    expect(fleetShape({}, 7).waves).toEqual([7]);
    expect(fleetShape({}, 0).waves).toEqual([]);
  });

  test('every wave sums up to all items, for any numbers', () => {
    for (let total = 0; total <= 60; total += 1)
      for (const waves of [[1, '25%', '100%'], ['1%'], [3, 3], [60], ['50%', 40]]) {
        const shape = fleetShape({ waves }, total);
        expect(shape.waves.reduce((a, b) => a + b, 0)).toBe(total);
        expect(shape.waves.every((size) => size > 0)).toBe(true);
      }
  });

  test('limits are rounded down, and something may always be at work', () => {
    expect(fleetShape({ maxUnavailable: '20%' }, 9).atOnce).toBe(1);
    expect(fleetShape({ maxUnavailable: '20%' }, 4).atOnce).toBe(1);
    expect(fleetShape({ maxUnavailable: '50%' }, 9).atOnce).toBe(4);
    expect(fleetShape({ maxUnavailable: 0 }, 4).atOnce).toBe(1);
    expect(fleetShape({}, 4).atOnce).toBe(1);
  });

  test('a failure budget holds in all, and in each wave', () => {
    const plain = fleetShape({ waves: [1, '100%'], failureBudget: '10%' }, 30);
    expect(plain.budget).toEqual({ total: 3, waves: [1, 3] });
    const both = fleetShape(
      { waves: [1, '50%', '100%'], failureBudget: { wave: '10%', total: 2 } },
      40,
    );
    expect(both.budget).toEqual({ total: 2, waves: [0, 1, 2] });
    expect(fleetShape({ failureBudget: { wave: 1 } }, 5).budget).toEqual({ total: 5, waves: [1] });
  });

  test('it is told in words', () => {
    expect(shapeInWords(fleetShape({}, 1))).toBe('1 item; one at a time; none may fail');
    expect(
      shapeInWords(
        fleetShape(
          {
            waves: [1, '25%', '100%'],
            maxUnavailable: 3,
            failureBudget: { wave: '10%', total: 2 },
          },
          12,
        ),
      ),
    ).toBe(
      '12 items in 3 waves of 1, 2 and 9; at most 3 at once; 2 may fail, in a wave 0, 0 and 0',
    );
  });
});
