import type { CommandModule } from '../command.js';
import { exits } from '../exit.js';
import { findRun } from '../find-run.js';
import { commandsOf } from '../state/commands.js';
import { readLog } from '../state/log-files.js';
import { reportText } from '../view/report.js';
import { lookOnce } from './status.js';

export const command: CommandModule = {
  configure(command) {
    command
      .argument('<run>', 'id of the run, its beginning, or latest')
      .addHelpText('after', '\nMarkdown, or JSON with --json. Times are UTC.');
  },
  async run(session, [name]) {
    const found = await findRun(session, name ?? '');
    const { record } = await lookOnce(session, found);
    const { commands, left } = await commandsOf(readLog(session.state, found.run));
    if (session.flags.json === true) session.out.json({ record, commands, commandsLeftOut: left });
    else session.out.text(reportText(record, commands, left));
    return exits.done;
  },
};
