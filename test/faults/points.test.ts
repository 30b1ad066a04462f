import { expect, test } from '@jest/globals';
import { Dice } from './dice.js';
import { allSpots, inGroups, oneOfEach, points } from './points.js';

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

test('one of each kind, at steps that the seed chooses', () => {
  const spots = oneOfEach(new Dice(1));
  expect(spots.map(({ point }) => point)).toEqual(points);
  expect(new Set(spots.map(({ step }) => step)).size).toBe(points.length);
  expect(oneOfEach(new Dice(1))).toEqual(spots);
  expect(oneOfEach(new Dice(2))).not.toEqual(spots);
});
