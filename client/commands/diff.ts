import type { CommandModule } from '../command.js';
import { exits } from '../exit.js';
import { findRun } from '../find-run.js';
import { differences, diffView } from '../view/diff.js';
import { lookOnce } from './status.js';

export const command: CommandModule = {
  configure(command) {
    command
      .argument('<a>', 'id of a run, its beginning, or latest')
      .argument('<b>', 'another run')
      .addHelpText(
        'after',
        '\nInputs, definition, plan, outcomes, outputs, failures, decisions; times where they differ by half and by 2 s.',
      );
  },
  async run(session, [a = '', b = '']) {
    const records = [];
    for (const name of [a, b]) {
      const { record } = await lookOnce(session, await findRun(session, name));
      records.push(record);
    }
    const [first, second] = records;
    if (first === undefined || second === undefined) return exits.done;
    const found = differences(first, second);
    if (session.flags.json === true) session.out.json(found);
    else session.out.lines(diffView(found, session.screen));
    return exits.done;
  },
};
