import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { helmRelease } from '../../../plugins/helm/release.js';
import { isPath, parseChart } from '../../../plugins/helm/release/chart.js';
import { failureOf } from '../../../plugins/helm/release/helm.js';
import { isPending, lastDeployed, parseHistory } from '../../../plugins/helm/release/history.js';
import { knowsLabels } from '../../../plugins/helm/release/operation.js';
import { differences, notRestored, type Seen } from '../../../plugins/helm/release/state.js';
import { differing, merged } from '../../../plugins/helm/release/values.js';
import { laws } from '../../laws.js';

// Its laws are proven on a real cluster: test/lab/helm.test.ts.
laws(helmRelease, {
  cases: [],
  bad: [
    { title: 'a name in capitals', input: { name: 'Law', namespace: 'x', chart: 'y' } },
    {
      title: 'a chart that is an option',
      input: { name: 'law', namespace: 'x', chart: '--debug' },
    },
    { title: 'no chart', input: { name: 'law', namespace: 'x' } },
    {
      title: 'a range of versions',
      input: { name: 'l', namespace: 'x', chart: 'y', version: '^1.0.0' },
    },
    { title: 'values that are none', input: { name: 'l', namespace: 'x', chart: 'y', values: [] } },
    {
      title: 'a time of no length',
      input: { name: 'l', namespace: 'x', chart: 'y', timeout: '0s' },
    },
    {
      title: 'a file in no folder',
      input: { name: 'l', namespace: 'x', chart: 'y', saveTo: 'values.json' },
    },
    {
      title: 'an unknown field',
      input: { name: 'l', namespace: 'x', chart: 'y', reuseValues: true },
    },
  ],
});

function said(name: string): string {
  return readFileSync(new URL(`../../fixtures/helm/${name}`, import.meta.url), 'utf8');
}

function history(name: string) {
  return parseHistory(JSON.parse(said(`${name}.json`)));
}

describe.each(['helm3', 'helm4'])('what %s says', (helm) => {
  test('the revision that serves is the deployed one, also beside one that is under way', () => {
    expect(lastDeployed(history(`${helm}-history`))).toMatchObject({ revision: 2 });
    const pending = history(`${helm}-history-pending`);
    expect(pending.at(-1)).toMatchObject({ revision: 3, status: 'pending-upgrade' });
    expect(isPending(pending.at(-1)!)).toBe(true);
    expect(lastDeployed(pending)).toMatchObject({ revision: 2, chart: 'lab-1.0.0' });
    expect(lastDeployed(history(`${helm}-history-after-rollback`))).toMatchObject({ revision: 4 });
  });

  test('what no second try mends is told apart from what one may', () => {
    const fault = (file: string) => failureOf('lab', 'upgrade lab', said(`${helm}-${file}.err`));
    expect(fault('upgrade-badchart')).toMatchObject({ code: 'refused', class: 'permanent' });
    expect(fault('upgrade-locked')).toMatchObject({ code: 'action-failed', class: 'transient' });
    expect(fault('upgrade-locked').message).toMatch(
      /^lab: helm upgrade lab: .*another operation \(install\/upgrade\/rollback\) is in progress/,
    );
    expect(said(`${helm}-status-unknown.err`)).toMatch(/^Error: release: not found$/m);
  });
});

test('a history that is none is refused', () => {
  expect(() => parseHistory({})).toThrow(TypeError);
  expect(() => parseHistory([{ revision: 1 }])).toThrow(TypeError);
  expect(lastDeployed([])).toBeUndefined();
});

test('a chart is read from its own words, and told apart from a place in a repository', () => {
  const yaml = 'apiVersion: v2\nname: cilium\nversion: "1.18.0"\nappVersion: 1.18.0\n';
  expect(parseChart(yaml)).toEqual({ name: 'cilium', version: '1.18.0' });
  expect(() => parseChart('name: cilium\n')).toThrow(TypeError);
  expect(['./x', '/x', '../x', 'x.tgz'].every(isPath)).toBe(true);
  expect(['cilium/cilium', 'oci://host/x', 'x'].some(isPath)).toBe(false);
});

test('labels come with helm 3.13', () => {
  expect(['v3.13.0', 'v3.18.4+gd80839c', 'v4.0.0'].every(knowsLabels)).toBe(true);
  expect(['v3.12.3', 'v2.17.0', ''].some(knowsLabels)).toBe(false);
});

test('values are compared one by one, and text is not shown: it may be secret', () => {
  const is = { bgp: { enabled: true }, password: 'a', list: [1] };
  expect(differing(is, is)).toEqual([]);
  expect(differing(is, { bgp: { enabled: false }, password: 'b', list: [1], more: null })).toEqual([
    'bgp.enabled: true → false',
    'more: absent → null',
    'password: … → …',
  ]);
});

describe('a release', () => {
  const place = { name: 'lab', namespace: 'h3' };
  const chart = { name: 'lab', version: '1.0.0' };
  const seen = (name: string): Seen => {
    const all = history(name);
    const before = { status: 'deployed', revision: 2, chart: 'lab-1.0.0', values: 'sum' };
    return { history: all, last: all.at(-1), chart, values: { bgp: { enabled: true } }, before };
  };

  test('is as wanted, another, under way or not there', () => {
    const values = { bgp: { enabled: true } };
    expect(differences(seen('helm3-history'), place, chart, values)).toBeNull();
    expect(differences(seen('helm3-history'), place, { ...chart, version: '1.1.0' }, {})).toBe(
      'lab: chart lab-1.0.0 → lab-1.1.0, bgp: … → absent',
    );
    expect(differences(seen('helm3-history-pending'), place, chart, values)).toBe(
      'lab: revision 3 is pending-upgrade',
    );
    const none = { ...seen('helm3-history'), history: [], last: undefined };
    expect(differences(none, place, chart, values)).toBe('lab is not installed in h3');
  });

  test('is back when chart and values are those of before, whatever the number of the revision', () => {
    const { before } = seen('helm3-history');
    expect(notRestored(before, { ...before, revision: 4 })).toBeNull();
    expect(notRestored(before, { ...before, values: 'other' })).toBe('its values are others');
    expect(notRestored(before, { ...before, status: 'pending-rollback' })).toBe(
      'the release is pending-rollback',
    );
    const none = { status: null, revision: null, chart: null, values: null };
    expect(notRestored(none, none)).toBeNull();
    expect(notRestored(none, before)).toBe('the release is deployed');
  });
});

test('values are laid over those that are kept: maps into maps, anything else replaced', () => {
  const kept = { a: { x: 1, y: [1, 2] }, b: true, c: 'kept' };
  expect(merged(kept, { a: { y: [3] }, b: { on: false }, d: null })).toEqual({
    a: { x: 1, y: [3] },
    b: { on: false },
    c: 'kept',
    d: null,
  });
  expect(merged({}, {})).toEqual({});
});
