import type { CommandModule } from '../command.js';
import { exits } from '../exit.js';
import { prepareInputs, startCommand } from '../inputs/command.js';
import { plannedRun } from '../planning.js';
import { blank, line, span } from '../view/line.js';
import { planView, verdictOf } from '../view/plan.js';

export const command: CommandModule = {
  configure(command) {
    command
      .argument('<runbook>', 'name of the runbook, or its file')
      .option('--local', 'without the server, from this machine')
      .addHelpText(
        'after',
        '\nExit code: 0 no changes, 2 changes, 1 a check failed or a guard does not hold.',
      );
  },
  prepare: prepareInputs,
  async run(session, [name], options, command) {
    const { wanted, plan } = await plannedRun(session, name ?? '', options, command);
    const verdict = verdictOf(plan);
    const local = options['local'] === true ? ' --local --reason "…"' : '';
    if (session.flags.json === true) {
      session.out.json(plan);
    } else {
      session.out.lines(planView(plan, session.screen));
      if (!plan.refused) {
        session.out.lines([
          blank,
          [
            span('To start exactly this: ', 'dim'),
            span(`${startCommand(wanted)}${local} --plan ${plan.hash.slice(0, 12)}`),
          ],
        ]);
      } else session.out.lines([line('Mend what the guards name, then plan again.', 'dim')]);
    }
    if (verdict === 'error') return exits.failed;
    return verdict === 'changes' ? exits.changes : exits.done;
  },
};
