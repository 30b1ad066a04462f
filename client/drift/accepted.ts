import { acceptanceOf, type Accepted } from '../../core/drift/accepted.js';
import { identityOf } from '../../core/drift/identity.js';
import { seriesOf } from '../../core/drift/places.js';
import type { JsonObject } from '../../core/json.js';
import type { PlannedStep } from '../../core/record.js';
import { drifts } from '../../core/run/drift.js';
import type { Session } from '../session.js';
import { openDrift } from '../state/drift.js';
import { system } from '../system.js';

/** Who lets the drift of a planned step be; null where it counts. */
export type AcceptanceOf = (step: PlannedStep) => Accepted | null;

/** What people have accepted of the drift of a runbook with these inputs, as given. */
export async function acceptances(
  session: Session,
  runbook: string,
  inputs: JsonObject,
): Promise<AcceptanceOf> {
  const accepted = openDrift(session.state, (await session.project()).id).accepted();
  const where = { runbook, series: seriesOf(inputs, system.hash) };
  const now = new Date().toISOString();
  return (step) => {
    if (!drifts(step)) return null;
    const { path, target } = step;
    const identity = identityOf(step, system.hash);
    return acceptanceOf(accepted, where, { path, target, identity }, now);
  };
}
