import type { RunRecord } from '../core/record.js';
import type { Session } from './session.js';
import { runView } from './view/run.js';

/** Shows a run that has ended. */
export async function showEnded(session: Session, record: RunRecord): Promise<void> {
  if (session.flags.json === true) {
    session.out.json({ type: 'ended', run: record.run, record }, 'line');
    return;
  }
  const sight = { record, notes: {}, trouble: null };
  session.out.lines(runView(sight, { ...session.screen, rows: null, tail: null }));
}
