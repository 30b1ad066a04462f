import type { CommandModule } from '../command.js';
import { exits } from '../exit.js';
import { findRunbook } from '../library.js';
import { rememberNames } from '../remember.js';
import { runbookView } from '../view/runbook.js';

export const command: CommandModule = {
  configure(command) {
    command.argument('<runbook>', 'name of the runbook, or its file');
  },
  async run(session, [name]) {
    const loaded = await findRunbook(session, name ?? '');
    await rememberNames(session, [loaded]);
    const { runbook, source } = loaded;
    if (session.flags.json === true) session.out.json({ file: source.file, definition: runbook });
    else session.out.lines(runbookView(runbook, source.file, session.screen));
    return exits.done;
  },
};
