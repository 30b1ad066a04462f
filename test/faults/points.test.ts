import { expect, test } from '@jest/globals';
import { allSpots, inGroups } from './points.js';

test('the points are countable: each of eight at each of twelve steps', () => {
  expect(new Set(allSpots.map(({ step, point }) => `${step} ${point}`)).size).toBe(96);
});

test('the groups hold every point once, and no step twice', () => {
  const groups = inGroups(allSpots);
  expect(groups.flat()).toHaveLength(allSpots.length);
  expect(new Set(groups.flat())).toEqual(new Set(allSpots));
  for (const group of groups)
    expect(new Set(group.map(({ step }) => step)).size).toBe(group.length);
});
