import { createHash } from 'node:crypto';
import { canonical, isObject, type JsonObject } from '../../../core/json.js';
import type { Target } from '../../../core/target.js';
import type { Chart } from './chart.js';
import { ask, type Place } from './helm.js';
import { isPending, lastDeployed, parseHistory, type Revision } from './history.js';
import { differing } from './values.js';

/** What undo needs: the revision that serves, or served last. */
export type Before = {
  /** Status of the newest revision; null where there is no release. */
  readonly status: string | null;
  /** Revision to go back to; null where none was ever deployed. */
  readonly revision: number | null;
  /** Its chart and version, such as `cilium-1.18.0`. */
  readonly chart: string | null;
  /** Sum of its values. */
  readonly values: string | null;
};

/** A release as it is. */
export interface Seen {
  readonly history: readonly Revision[];
  /** Newest revision; undefined where there is no release. */
  readonly last: Revision | undefined;
  readonly chart: Chart | null;
  readonly values: JsonObject;
  readonly before: Before;
}

function parseValues(answer: unknown): JsonObject {
  if (answer === null) return {};
  if (!isObject(answer)) throw new TypeError('not values');
  return answer;
}

function parseMetadata(answer: unknown): Chart {
  if (!isObject(answer)) throw new TypeError('no metadata');
  const { chart, version } = answer;
  if (typeof chart !== 'string' || typeof version !== 'string') throw new TypeError('no chart');
  return { name: chart, version };
}

async function contentOf(
  target: Target,
  place: Place,
  { revision }: Revision,
): Promise<{ readonly chart: Chart | null; readonly values: JsonObject }> {
  const which = ['--revision', String(revision)];
  const chart = await ask(target, place, ['get metadata', ...which], parseMetadata);
  const values = await ask(target, place, ['get values', ...which], parseValues);
  return { chart, values: values ?? {} };
}

function chartText(chart: Chart | null): string | null {
  return chart === null ? null : `${chart.name}-${chart.version}`;
}

function sumOf(values: JsonObject): string {
  return createHash('sha256').update(canonical(values), 'utf8').digest('hex');
}

/** Looks at a release; changes nothing. */
export async function see(target: Target, place: Place): Promise<Seen> {
  const history = (await ask(target, place, ['history'], parseHistory)) ?? [];
  const last = history.at(-1);
  if (last === undefined) {
    const before = { status: null, revision: null, chart: null, values: null };
    return { history, last, chart: null, values: {}, before };
  }
  const content = await contentOf(target, place, last);
  const served = lastDeployed(history);
  const kept =
    served === undefined || served === last ? content : await contentOf(target, place, served);
  return {
    history,
    last,
    ...content,
    before: {
      status: last.status,
      revision: served?.revision ?? null,
      chart: served === undefined ? null : chartText(kept.chart),
      values: served === undefined ? null : sumOf(kept.values),
    },
  };
}

/** What differs from the release that is wanted, as text; null: nothing. */
export function differences(
  seen: Seen,
  place: Place,
  chart: Chart,
  values: JsonObject,
): string | null {
  const { last } = seen;
  if (last === undefined) return `${place.name} is not installed in ${place.namespace}`;
  const parts: string[] = [];
  if (isPending(last)) parts.push(`revision ${last.revision} is ${last.status}`);
  else if (last.status !== 'deployed') parts.push(`revision ${last.revision} ${last.status}`);
  const [is, wanted] = [chartText(seen.chart), chartText(chart)];
  if (is !== wanted) parts.push(`chart ${is ?? 'unknown'} → ${wanted ?? ''}`);
  parts.push(...differing(seen.values, values));
  return parts.length === 0 ? null : `${place.name}: ${parts.join(', ')}`;
}

/** What still differs from the state found at first, as text; null: nothing. */
export function notRestored(before: Before, found: Before): string | null {
  if (before.revision === null) {
    if (before.status === found.status) return null;
    return `the release is ${found.status ?? 'gone'}`;
  }
  if (found.status !== 'deployed') return `the release is ${found.status ?? 'gone'}`;
  if (before.chart !== found.chart) return `its chart is ${found.chart ?? 'unknown'}`;
  return before.values === found.values ? null : 'its values are others';
}
