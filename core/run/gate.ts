import { refusalText, regain } from './locks.js';
import type { Run } from './run.js';

/**
 * Holds here while the run is paused, and while what an earlier step had done is no longer so: nothing new begins
 * on what is not there, whatever branch it is in.
 */
export async function gate(run: Run): Promise<void> {
  if (run.regressed) await run.engine.until(() => !run.regressed);
  if (!run.control.paused) return;
  run.emit({ type: 'paused' });
  await run.engine.until(() => !run.control.paused);
  // Said before anything is waited for: who has resumed it must not see it paused still.
  run.emit({ type: 'resumed' });
  const refused = await regain(run);
  if (refused.length > 0) {
    run.hold('runbook', refusalText(refused));
    return gate(run);
  }
  await run.observe('');
}
