import type { Guard, Probe, Runbook, Step } from '../definition/runbook.js';
import { innerSteps } from './kinds.js';

/** Names of the actions that a runbook uses itself, wherever in it: not those of runbooks that it calls. */
export function namedActions(runbook: Runbook): Set<string> {
  const found = new Set<string>();
  const visit = (item: Step | Guard | Probe): void => {
    if ('action' in item) found.add(item.action);
    if ('wait' in item) found.add(item.wait);
    if ('forEach' in item) for (const guard of item.health ?? []) visit(guard);
    for (const inner of innerSteps(item)) visit(inner);
  };
  const { probes = [], guards = [], steps, finally: last = [] } = runbook;
  for (const item of [...probes, ...guards, ...steps, ...last]) visit(item);
  return found;
}
