import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { Bench } from '../client/e2e/bench.js';
import { Secrets } from './secrets.js';

let bench: Bench;
let secrets: Secrets;
beforeEach(() => {
  bench = new Bench();
  secrets = new Secrets(bench);
});
afterEach(() => bench.close());

const leaks = (): readonly string[] =>
  secrets.leaks().map(({ invariant, what }) => `${invariant} ${what.replace(bench.folder, '')}`);

test('a secret may stand in its source and where a run is to write it, and in no other file', () => {
  const value = secrets.add('one');
  bench.write('given/run/file', value);
  bench.write('.state/worker.log', 'uses ***');
  expect(leaks()).toEqual([]);
  bench.write('.state/logs/run/worker.ndjson', JSON.stringify({ text: `uses ${value}` }));
  bench.write('said', `user:${Buffer.from(`user:${value}`).toString('base64')}`);
  bench.write('.state/temporal.db-wal', value.slice(0, 14));
  expect(leaks().toSorted()).toEqual([
    'I6 a secret is in /.state/logs/run/worker.ndjson',
    'I6 a secret is in /.state/temporal.db-wal',
    'I6 a secret is in /said',
  ]);
});

test('every secret has a value of its own, and the project knows all of them', () => {
  expect(new Set([secrets.add('one'), secrets.add('two')]).size).toBe(2);
  expect(bench.read('runbook.yaml')).toMatch(/one: .*sources\/one.*\n.*two: .*sources\/two/);
});
