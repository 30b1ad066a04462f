import type { RunRecord } from '../core/record.js';
import { hasEnded, needsPerson } from '../core/run/outcome.js';

/** What the process tells the shell. */
export const exits = {
  /** Done, no changes, no drift. */
  done: 0,
  /** An error, or a run that was refused. */
  failed: 1,
  /** A plan has changes, or a drift check found drift. */
  changes: 2,
  /** The run is parked, paused or waits for a person. */
  waiting: 3,
  /** The run was undone, stopped or cancelled. */
  ended: 4,
  /** Another run holds a lease that this one needs. */
  leaseHeld: 5,
  /** The command line is not right. */
  usage: 64,
  /** The server or a worker does not answer. */
  unavailable: 69,
  /** Left with Ctrl-C; the run goes on. */
  interrupted: 130,
} as const;

/** Exit code for an error's code. */
export function exitOfCode(code: string): number {
  switch (code) {
    case 'usage':
    case 'input-invalid':
      return exits.usage;
    case 'server-unavailable':
    case 'worker-unavailable':
      return exits.unavailable;
    case 'lease-held':
      return exits.leaseHeld;
    default:
      return exits.failed;
  }
}

/** Exit code for a run as it stands. */
export function exitOfRun(record: Pick<RunRecord, 'state' | 'failure'>): number {
  const { state, failure } = record;
  if (needsPerson(state)) return exits.waiting;
  if (!hasEnded(state)) return exits.done;
  switch (state) {
    case 'succeeded':
      // It did all it had to, and yet something was lost on the way, such as calls of a probe.
      return failure === null ? exits.done : exits.failed;
    case 'refused':
      return failure?.code === 'lease-held' ? exits.leaseHeld : exits.failed;
    case 'undone':
    case 'stopped':
    case 'cancelled':
      return exits.ended;
    default: {
      const never: never = state;
      return never;
    }
  }
}
