import { excerpt } from '../../../core/excerpt.js';
import type { MachineInput } from './input.js';
import { settingsDiffer, settingsOf } from './settings.js';
import type { MachineStatus } from './status.js';

/** What undo needs: whether it was there and on, and the settings it ran with. */
export type FoundMachine = {
  readonly state: 'absent' | 'stopped' | 'running';
  readonly settings: string | null;
};

/** What undo needs, from what was found. */
export function foundIn(status: MachineStatus): FoundMachine {
  switch (status.state) {
    case 'absent':
    case 'stopped':
      return { state: status.state, settings: null };
    // Between two boots it is on: undo must not leave it off.
    case 'starting':
    case 'running':
      return { state: 'running', settings: status.settingsId };
  }
}

/** Why a machine that runs has to be started anew; null when it need not be. */
export function unfit(input: MachineInput, status: MachineStatus): string | null {
  if (!status.supervised) return 'runs, but its supervisor is gone';
  if (status.state === 'running' && !status.connected) return 'has lost its network namespace';
  const differs = settingsDiffer(status.settings ?? '', settingsOf(input).text);
  return differs === null ? null : `runs with other settings: ${differs}`;
}

/** What differs from the wanted state, within 256 bytes; null when nothing does. */
export function machineDrift(input: MachineInput, status: MachineStatus): string | null {
  const is = ((): string | null => {
    const remains = status.remains.length === 0 ? null : `left ${status.remains.join(', ')} behind`;
    switch (input.state) {
      case 'running':
        if (status.state === 'absent') return 'does not exist';
        if (status.state === 'stopped') return `is down: ${status.ended ?? 'not started yet'}`;
        return unfit(input, status) ?? (status.state === 'starting' ? 'is starting' : null);
      case 'stopped':
        if (status.state === 'absent') return 'has no disk';
        return status.state === 'stopped' ? remains : 'is running';
      case 'absent':
        return status.state === 'absent' ? remains : `exists, and is ${foundIn(status).state}`;
    }
  })();
  return is === null ? null : excerpt(`${input.name} ${is}`, 256);
}
