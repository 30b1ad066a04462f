import { RunbookError } from '../../core/errors.js';
import { runningServer } from '../embedded/server.js';
import type { Session } from '../session.js';
import { broken, note, ok, type Check } from './check.js';

/** Events that have not reached their receivers. */
export async function notificationsCheck(session: Session): Promise<Check[]> {
  const endpoint = await session.endpoint();
  if (endpoint.kind === 'embedded' && runningServer(session.state) === null) return [];
  try {
    const { listUndelivered } = await import('../server/notifications.js');
    const found = await listUndelivered(await session.server());
    if (found.length === 0) return [ok('notifications', 'none is waiting to be delivered')];
    return found.map(({ event, givenUp, why }) =>
      note(
        'notifications',
        `${event} is ${givenUp ? 'given up' : 'not delivered yet'}: ${why}`,
        givenUp
          ? 'nobody was told: look at the run yourself, and mend its receiver'
          : 'mend the receiver; the event is tried again at least once a minute',
      ),
    );
  } catch (error) {
    if (!(error instanceof RunbookError)) throw error;
    return [broken('notifications', error.message, error.hint ?? 'runbook dev start')];
  }
}
