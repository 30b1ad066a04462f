import { innerSteps } from '../run/kinds.js';
import type { ProblemBelow } from './problem.js';
import type { Guard, Probe, Runbook, Step } from './runbook.js';

/** The most steps in one workflow: more would not fit into its record. */
const maxSteps = 600;

/** Everything in a runbook that has an id. */
export interface Ids {
  /** In the order in which they are written; of an id that is used twice, the last. */
  readonly all: ReadonlyMap<string, Step | Guard | Probe>;
  /** The `forEach` that a step stands in, by ids. */
  readonly fleetOf: ReadonlyMap<string, string>;
  /** Ids that are used twice, too many steps, and steps where they cannot stand. */
  readonly problems: readonly ProblemBelow[];
}

/** Collects the ids of a runbook. */
export function idsOf(runbook: Runbook): Ids {
  const all = new Map<string, Step | Guard | Probe>();
  const fleetOf = new Map<string, string>();
  const problems: ProblemBelow[] = [];
  let count = 0;
  const tell = (path: ProblemBelow['path'], message: string, hint: string | null = null): void => {
    problems.push({ path, message, hint });
  };
  const visit = (path: ProblemBelow['path'], item: Step | Guard | Probe, fleet?: string): void => {
    count += 1;
    if (fleet !== undefined) fleetOf.set(item.id, fleet);
    if (all.has(item.id)) tell([...path, 'id'], `the id '${item.id}' is used twice`);
    all.set(item.id, item);
    const policy = 'onFailure' in item ? item.onFailure : undefined;
    if (path[0] === 'finally' && (policy === 'stop' || policy === 'undo')) {
      tell(
        [...path, 'onFailure'],
        `at the end of a run there is nothing left to ${policy}`,
        'a step of finally can park or continue',
      );
    }
    const key = 'parallel' in item ? 'parallel' : 'steps';
    const inside = 'forEach' in item ? item.id : fleet;
    for (const [i, inner] of innerSteps(item).entries()) visit([...path, key, i], inner, inside);
    if (!('forEach' in item)) return;
    for (const [i, guard] of (item.health ?? []).entries()) visit([...path, 'health', i], guard);
    if (path[0] === 'finally')
      tell(path, "a 'forEach' cannot stand in finally: a run that ends begins no others");
  };
  const { probes = [], guards = [], steps, finally: last = [] } = runbook;
  for (const [key, items] of Object.entries({ probes, guards, steps, finally: last })) {
    for (const [i, item] of items.entries()) visit([key, i], item);
  }
  if (count > maxSteps) {
    tell(
      ['steps'],
      `${count} steps; a run holds at most ${maxSteps}`,
      'move some into a runbook that is called',
    );
  }
  return { all, fleetOf, problems };
}
