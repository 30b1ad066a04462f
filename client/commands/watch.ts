import type { CommandModule } from '../command.js';
import { exitOfRun } from '../exit.js';
import { findRun } from '../find-run.js';
import { followRun } from '../follow-run.js';
import { runView } from '../view/run.js';

export const command: CommandModule = {
  configure(command) {
    command
      .argument('<run>', 'id of the run, its beginning, or latest')
      .addHelpText(
        'after',
        '\nCtrl-C leaves the view, never the run. Without a terminal it ends where the run waits for a person (exit 3).',
      );
  },
  async run(session, [name]) {
    const { run, archived, local } = await findRun(session, name ?? '');
    if (local !== null) {
      const { followLocally } = await import('../local/follow.js');
      return followLocally(session, local.run, null, null, run);
    }
    if (archived === null) return followRun(session, run);
    if (session.flags.json === true)
      session.out.json({ type: 'ended', run, record: archived }, 'line');
    else
      session.out.lines(
        runView(
          { record: archived, notes: {}, trouble: null },
          { ...session.screen, rows: null, tail: null },
        ),
      );
    return exitOfRun(archived);
  },
};
