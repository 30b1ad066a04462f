import { describe, expect, test } from '@jest/globals';
import { matches, merged, queryOf, type RunFilter } from '../../../client/server/runs.js';
import { chooseEndpoint } from '../../../client/server/endpoint.js';
import { asRunbookError, failureIn, grpcCode, isAway } from '../../../client/server/faults.js';
import type { RunSummary } from '../../../client/view/runs.js';
import { at } from '../records.js';

const all: RunFilter = {
  state: [],
  runbook: null,
  target: null,
  user: null,
  since: null,
  limit: 50,
};
const run = (id: string, facts: Partial<RunSummary> = {}): RunSummary => ({
  run: id,
  runbook: 'deploy',
  state: 'running',
  targets: ['web-1'],
  startedBy: 'ada',
  startedAt: at(0),
  endedAt: null,
  ...facts,
});

describe('the query of runs', () => {
  test('plans and leases are no runs', () => {
    expect(queryOf(all)).toBe('RunbookState IS NOT NULL');
  });
  test('filters, with quotes that cannot be left', () => {
    expect(
      queryOf({
        state: ['parked', 'waiting'],
        runbook: "x' OR '1'='1",
        target: 'web-1',
        user: null,
        since: new Date(at(0)),
        limit: 5,
      }),
    ).toBe(
      "RunbookState IS NOT NULL AND RunbookName = 'x'' OR ''1''=''1' AND RunbookTarget = 'web-1' " +
        "AND StartTime >= '2026-11-24T12:00:00.000Z' AND RunbookState IN ('parked', 'waiting')",
    );
  });
});

describe('two lists as one', () => {
  test('newest first, each once, and the archive knows how it ended', () => {
    const live = [run('a', { startedAt: at(10) }), run('b', { startedAt: at(20) })];
    const archived = [
      run('a', { startedAt: at(10), state: 'succeeded', endedAt: at(15) }),
      run('old', { startedAt: at(-99), state: 'undone' }),
    ];
    expect(merged(live, archived, 10).map(({ run, state }) => `${run} ${state}`)).toEqual([
      'b running',
      'a succeeded',
      'old undone',
    ]);
    expect(merged(live, archived, 1)).toHaveLength(1);
  });

  test('the archive is filtered as the server is', () => {
    const one = run('a');
    expect(matches(one, all)).toBe(true);
    expect(matches(one, { ...all, state: ['parked'] })).toBe(false);
    const hers = run('b', { startedBy: 'ada@ops' });
    expect(matches(hers, { ...all, user: 'ada' })).toBe(true);
    expect(matches(hers, { ...all, user: 'ada@ops' })).toBe(true);
    expect(matches(hers, { ...all, user: 'ad' })).toBe(false);
    expect(matches(one, { ...all, runbook: 'other' })).toBe(false);
    expect(matches(one, { ...all, target: 'web-2' })).toBe(false);
    expect(matches(one, { ...all, since: new Date(at(1)) })).toBe(false);
  });
});

describe('which server', () => {
  test('ours, where nothing else is named', () => {
    expect(chooseEndpoint({}, undefined)).toEqual({ kind: 'embedded' });
    expect(chooseEndpoint({ TEMPORAL_ADDRESS: '' }, {})).toEqual({ kind: 'embedded' });
    expect(chooseEndpoint({ TEMPORAL_NAMESPACE: 'x' }, undefined)).toEqual({ kind: 'embedded' });
  });
  test('one that the project or the environment names', () => {
    expect(chooseEndpoint({}, { profile: 'prod' })).toMatchObject({
      kind: 'configured',
      profile: 'prod',
    });
    expect(chooseEndpoint({ TEMPORAL_ADDRESS: 'x:1' }, undefined)).toMatchObject({
      kind: 'configured',
      address: null,
    });
    expect(chooseEndpoint({ TEMPORAL_PROFILE: 'prod' }, undefined).kind).toBe('configured');
  });
});

describe('errors of the server', () => {
  const away = Object.assign(new Error('service error'), {
    cause: Object.assign(new Error('14 UNAVAILABLE'), { code: 14, details: 'connect refused' }),
  });
  test('nobody answers', () => {
    expect(grpcCode(away)).toBe(14);
    expect(isAway(away)).toBe(true);
    expect(asRunbookError(away, 'listing runs')).toMatchObject({ code: 'server-unavailable' });
  });
  test.each([
    [1, 'a deadline that the server noticed first'],
    [4, 'a deadline of ours'],
    [8, 'a server that is busy'],
  ])('code %i: %s', (code, details) => {
    expect(isAway(Object.assign(new Error(details), { code, details }))).toBe(true);
  });
  test('a failure of ours in the details', () => {
    const failure = { code: 'definition-invalid', message: 'bad', hint: null, class: 'permanent' };
    const error = Object.assign(new Error('workflow failed'), {
      cause: Object.assign(new Error('bad'), { details: [failure] }),
    });
    expect(failureIn(error)).toEqual(failure);
    expect(asRunbookError(error, 'x')).toMatchObject({
      code: 'definition-invalid',
      message: 'bad',
    });
  });
  test('anything else keeps its words', () => {
    expect(asRunbookError(new Error('odd'), 'listing').message).toBe('listing: odd');
  });
});
