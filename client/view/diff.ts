import { formatDuration } from '../../core/duration.js';
import { canonical, sameJson, type Json } from '../../core/json.js';
import type { RunRecord, StepRecord } from '../../core/record.js';
import { blank, line, span, type Line } from './line.js';
import { word, type Screen } from './step.js';
import { table } from './table.js';

/** Something that two runs differ in; null where one of them has no such thing. */
export interface Difference {
  readonly name: string;
  readonly a: string | null;
  readonly b: string | null;
}

/** A step of either run, and what the two differ in. */
export interface StepDifference {
  readonly path: string;
  readonly differs: readonly Difference[];
}

/** What two runs differ in. */
export interface RunDifference {
  readonly a: string;
  readonly b: string;
  readonly run: readonly Difference[];
  readonly steps: readonly StepDifference[];
  /** Steps of both runs that went the same way. */
  readonly same: number;
}

/** A step counts as slower or quicker when it took this much more or less: a factor, and at least so long, ms. */
const notable = { factor: 1.5, ms: 2000 } as const;

const json = (value: Json | undefined): string | null =>
  value === undefined ? null : canonical(value);

function tookMs(from: string | null, to: string | null): number | null {
  return from === null || to === null ? null : Math.max(0, Date.parse(to) - Date.parse(from));
}

function time(ms: number | null): string | null {
  return ms === null ? null : formatDuration(ms);
}

function longer(a: number | null, b: number | null): boolean {
  if (a === null || b === null) return a !== b;
  const [low, high] = a < b ? [a, b] : [b, a];
  return high - low >= notable.ms && high > low * notable.factor;
}

function unlike(name: string, a: string | null, b: string | null): Difference[] {
  return a === b ? [] : [{ name, a, b }];
}

function values(
  prefix: string,
  a: Readonly<Record<string, Json>>,
  b: Readonly<Record<string, Json>>,
): Difference[] {
  const names = [...new Set([...Object.keys(a), ...Object.keys(b)])].toSorted();
  return names.flatMap((name) => unlike(`${prefix} ${name}`, json(a[name]), json(b[name])));
}

function ofRun(a: RunRecord, b: RunRecord): Difference[] {
  const took = [a, b].map((run) => tookMs(run.startedAt, run.endedAt));
  const [tookA = null, tookB = null] = took;
  return [
    ...unlike('runbook', a.runbook, b.runbook),
    ...unlike('definition', a.definitionHash.slice(0, 12), b.definitionHash.slice(0, 12)),
    ...unlike('plan', a.planHash?.slice(0, 12) ?? null, b.planHash?.slice(0, 12) ?? null),
    ...unlike('state', a.state, b.state),
    ...unlike('failure', a.failure?.message ?? null, b.failure?.message ?? null),
    ...values('input', a.inputs, b.inputs),
    ...values('output', a.outputs, b.outputs),
    ...(longer(tookA, tookB) ? [{ name: 'took', a: time(tookA), b: time(tookB) }] : []),
    ...unlike(
      'decisions',
      a.decisions.map(({ verb }) => verb).join(', ') || null,
      b.decisions.map(({ verb }) => verb).join(', ') || null,
    ),
  ];
}

/** How a step ended, or stands. */
function ending(step: StepRecord): string {
  return word(step) === '' ? 'not begun' : word(step);
}

function ofStep(a: StepRecord | undefined, b: StepRecord | undefined): Difference[] {
  if (a === undefined || b === undefined)
    return unlike('', a === undefined ? null : ending(a), b === undefined ? null : ending(b));
  const tookA = tookMs(a.startedAt, a.endedAt);
  const tookB = tookMs(b.startedAt, b.endedAt);
  return [
    ...unlike('outcome', ending(a), ending(b)),
    ...unlike('target', a.target, b.target),
    ...unlike('failure', a.failure?.message ?? null, b.failure?.message ?? null),
    ...(sameJson(a.before, b.before) ? [] : unlike('before', json(a.before), json(b.before))),
    ...values('output', a.output ?? {}, b.output ?? {}),
    ...unlike('attempts', String(a.attempts), String(b.attempts)),
    ...(longer(tookA, tookB) ? [{ name: 'took', a: time(tookA), b: time(tookB) }] : []),
  ];
}

/** What two runs differ in: how they were asked for, what came of each step, and how long it took. */
export function differences(a: RunRecord, b: RunRecord): RunDifference {
  const paths = [...new Set([...a.steps, ...b.steps].map(({ path }) => path))];
  const find = (run: RunRecord, path: string): StepRecord | undefined =>
    run.steps.find((step) => step.path === path);
  const steps = paths.map((path) => ({ path, differs: ofStep(find(a, path), find(b, path)) }));
  const unequal = steps.filter(({ differs }) => differs.length > 0);
  return {
    a: a.run,
    b: b.run,
    run: ofRun(a, b),
    steps: unequal,
    same: steps.length - unequal.length,
  };
}

/** The widest that a value of one run is shown. */
const maxCell = 36;

/** What two runs differ in, side by side. */
export function diffView(found: RunDifference, screen: Screen): Line[] {
  const rows = [
    ...found.run.map((one) => ({ ...one, step: '' })),
    ...found.steps.flatMap(({ path, differs }) =>
      differs.map((one, at) => ({ ...one, step: at === 0 ? path : '' })),
    ),
  ];
  const count = `${found.same} ${found.same === 1 ? 'step' : 'steps'} went the same way`;
  if (rows.length === 0) return [line(`No difference: ${count}.`)];
  const absent = span('–', 'dim');
  return [
    ...table(
      rows,
      [
        { title: 'STEP', cell: ({ step }) => step },
        { title: 'WHAT', cell: ({ name }) => span(name, 'dim') },
        { title: found.a, cell: ({ a }) => a ?? absent, max: maxCell },
        { title: found.b, cell: ({ b }) => b ?? absent },
      ],
      screen.columns,
    ),
    blank,
    line(count, 'dim'),
  ];
}
