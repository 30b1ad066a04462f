import { PermanentError } from '../../core/errors.js';
import type { CommandResult, Target } from '../../core/target.js';
import {
  isActive,
  isEnabled,
  isSettled,
  parseUnit,
  unitName,
  unitProperties,
  unitTime,
  type Unit,
} from './unit-state.js';

/** A unit as it is to be. */
export interface WantedUnit {
  readonly unit: string;
  readonly state?: 'active' | 'inactive' | undefined;
  readonly enabled?: boolean | undefined;
  readonly activeSince?: string | undefined;
}

/** Longer than systemd itself waits for a unit by default (90 s; Debian's FRR: 2 min). */
const jobTimeout = '4m';

/** A unit as it is now. */
export async function show(target: Target, unit: string): Promise<Unit> {
  const args = ['show', '--timestamp=us+utc', `--property=${unitProperties.join(',')}`, '--', unit];
  const { stdout } = await target.run('systemctl', args, { failure: 'check-failed' });
  return parseUnit(stdout);
}

/** @throws PermanentError `refused` where systemd cannot bring the unit to the wanted state. */
export function refuseImpossible(unit: Unit, input: WantedUnit, host: string): void {
  const wantsActive = input.state === 'active' || input.activeSince !== undefined;
  const refuse = (why: string, hint: string): never => {
    throw new PermanentError('refused', `${host}: ${unitName(input.unit)} ${why}`, { hint });
  };
  switch (unit.LoadState) {
    case 'loaded':
      break;
    case 'masked':
      if (wantsActive || input.enabled === true) {
        refuse('is masked', `systemctl unmask ${input.unit} on the host, if that is meant.`);
      }
      break;
    case 'not-found':
      return refuse('does not exist', 'Correct the name, or install its package first.');
    default:
      return refuse(
        `cannot be loaded (${unit.LoadState})`,
        `systemctl status ${input.unit} on the host tells why.`,
      );
  }
  if (input.enabled !== undefined && isEnabled(unit) === null) {
    if (!input.enabled && unit.UnitFileState === 'static') return;
    refuse(
      `is '${unit.UnitFileState}': it cannot be enabled or disabled`,
      'Leave out `enabled`: other units or generators start it.',
    );
  }
}

/** What differs from the wanted state. */
export function differences(unit: Unit, input: WantedUnit): string[] {
  const found: string[] = [];
  const state = unit.SubState === '' ? unit.ActiveState : `${unit.ActiveState} (${unit.SubState})`;
  const wantsActive = input.state === 'active' || input.activeSince !== undefined;
  if (wantsActive && unit.ActiveState !== 'active') {
    const why = unit.ActiveState === 'failed' ? `, ${unit.Result}` : '';
    found.push(`${state}${why} instead of active`);
  } else if (input.activeSince !== undefined && isOlder(unit, input.activeSince)) {
    found.push(`active since ${unit.ActiveEnterTimestamp}, not after ${input.activeSince}`);
  }
  if (input.state === 'inactive' && (isActive(unit) || !isSettled(unit))) {
    found.push(`${state} instead of inactive`);
  }
  const differs = input.enabled !== undefined && isEnabled(unit) === !input.enabled;
  if (differs)
    found.push(`${unit.UnitFileState} instead of ${input.enabled ? 'enabled' : 'disabled'}`);
  return found;
}

/** Whether the unit became active before a time. */
export function isOlder(unit: Unit, since: string): boolean {
  const entered = unitTime(unit.ActiveEnterTimestamp);
  return entered !== null && entered < Date.parse(since);
}

/**
 * @throws PermanentError `check-failed` where the target's clock has not reached the wanted time yet: a
 *   restart could never satisfy it, and would be repeated.
 */
export async function refuseEarlyClock(target: Target, since: string): Promise<void> {
  const { stdout } = await target.run('date', ['+%s%3N'], { failure: 'check-failed' });
  const behind = Date.parse(since) - Number(stdout);
  if (!(behind > 0)) return;
  throw new PermanentError(
    'check-failed',
    `${target.name}: its clock is ${Math.ceil(behind / 1000)} s before ${since}, since when the unit must be active`,
    { hint: 'Set the clock of the host (chronyc makestep), then retry.' },
  );
}

/** Asks systemd for a change of a unit, and waits until it is done. */
export function job(
  target: Target,
  verb: string,
  unit: string,
  more: readonly string[] = [],
): Promise<CommandResult> {
  return target.run('systemctl', [verb, '--no-ask-password', ...more, '--', unit], {
    sudo: true,
    timeout: jobTimeout,
    failure: 'action-failed',
  });
}

/** Starts a unit whatever keeps it: a start limit that was hit, or a file that changed on disk. */
export async function start(target: Target, unit: Unit, verb: 'start' | 'restart'): Promise<void> {
  if (unit.NeedDaemonReload === 'yes') {
    await target.run('systemctl', ['daemon-reload', '--no-ask-password'], { sudo: true });
  }
  if (unit.ActiveState === 'failed') await job(target, 'reset-failed', unit.Id);
  await job(target, verb, unit.Id);
}
