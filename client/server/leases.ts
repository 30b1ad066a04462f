import type { LeaseState } from '../../core/run/lease.js';
import { callMs, within, type Server } from './connection.js';
import { asRunbookError } from './faults.js';

/** Leases that somebody holds or waits for, by name. */
export async function listLeases(server: Server): Promise<LeaseState[]> {
  const found: LeaseState[] = [];
  try {
    await within(server, callMs, async () => {
      const query = "WorkflowType = 'lease' AND ExecutionStatus = 'Running'";
      for await (const info of server.client.workflow.list({ query })) {
        const lease = info.memo?.['lease'] as LeaseState | undefined;
        if (lease !== undefined && lease.holders.length > 0) found.push(lease);
      }
    });
  } catch (error) {
    throw asRunbookError(error, 'listing leases');
  }
  return found.toSorted((a, b) => a.resource.localeCompare(b.resource));
}
