import type { RunRecord } from '../record.js';
import type { DecisionVerb } from './outcome.js';
import { itemRun } from './items.js';

/** The run that takes a decision, and the step as that run knows it. */
export interface Taker {
  readonly run: string;
  readonly step: string | null;
}

/** Verbs that are about one waiting step. */
const aboutStep: ReadonlySet<DecisionVerb> = new Set([
  'retry',
  'skip',
  'confirm',
  'approve',
  'reject',
]);

/**
 * The run that takes a decision over a run or one of its steps: the steps of an item are decided upon in the
 * item's own run, however deep it lies. A text tells why nobody can tell.
 */
export function takerOf(
  record: RunRecord,
  verb: DecisionVerb,
  step: string | null,
): Taker | string {
  const own: Taker = { run: record.run, step };
  if (step === null) {
    if (!aboutStep.has(verb)) return own;
    const takers = record.waitingFor.filter(({ verbs }) => verbs.includes(verb));
    const [only] = takers;
    if (only?.run === undefined && takers.every(({ run }) => run === undefined)) return own;
    if (takers.length > 1) {
      return `several steps wait: name one of ${takers.map(({ path }) => path).join(', ')}`;
    }
    return only?.run === undefined ? own : { run: only.run, step: only.path };
  }
  const waiting = record.waitingFor.find(({ path }) => path === step);
  if (waiting !== undefined) return { run: waiting.run ?? record.run, step };
  const row = record.steps.find(
    ({ kind, path }) => kind === 'item' && (step === path || step.startsWith(`${path}/`)),
  );
  const run = row === undefined ? undefined : runOf(record, row.path);
  if (row === undefined || run === undefined) return own;
  if (row.path === step) return { run, step: null };
  // The run of an item knows its own steps by their whole paths; an item of its own may lie deeper.
  const deeper = /^(.*\])\//.exec(step)?.[1] ?? row.path;
  return { run: itemRun(run, deeper.slice(row.path.length + 1)), step };
}

/** Id of the run of an item of this run. */
function runOf(record: RunRecord, path: string): string | undefined {
  return record.children.find((id) => id.endsWith(itemRun('', path)));
}
