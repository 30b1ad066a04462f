import { PermanentError, RunbookError } from '../../../core/errors.js';
import type { Target } from '../../../core/target.js';

/** Why a script of ours ended: 65 and 66 are for the caller to explain. */
export function refusalOf(target: Target, exitCode: number, said: string): RunbookError {
  const where = target.name;
  switch (exitCode) {
    case 64:
      return new PermanentError('undo-failed', `${where}: the copy of what was found is gone`, {
        hint: 'Put the former configuration back by hand, then confirm.',
      });
    case 67:
      return new PermanentError('tool-missing', `${where}: there is no frrinit.sh`, {
        hint: 'Install the package frr.',
      });
    case 68:
      return new PermanentError('refused', `${where}: the owner cannot be set: ${said}`, {
        hint: 'User and group frr come with the package frr.',
      });
    case 69:
      return new RunbookError('action-failed', `${where}: a file did not arrive whole`);
    case 75:
      return new RunbookError('action-failed', `${where}: FRR is held by another session of ours`, {
        hint: 'lsof /run/runbook-frr.lock on the router tells which.',
      });
    case 76:
      return new PermanentError(
        'plan-changed',
        `${where}: a file was changed since it was checked`,
        {
          hint: 'Retry the step: it looks again.',
        },
      );
    default:
      return new RunbookError('action-failed', `${where}: exit ${exitCode}: ${said}`);
  }
}
