import type { Plan } from '../../core/record.js';
import type { CommandModule } from '../command.js';
import { exits } from '../exit.js';
import { prepareInputs, startCommand } from '../inputs/command.js';
import { plannedRun } from '../planning.js';
import { driftView, drifted } from '../view/drift.js';

function exitOf(plan: Plan): number {
  if (drifted(plan).length > 0) return exits.changes;
  return plan.steps.some((step) => step.kind === 'undetermined') ? exits.failed : exits.done;
}

export const command: CommandModule = {
  configure(command) {
    command
      .argument('<runbook>', 'name of the runbook, or its file')
      .addHelpText(
        'after',
        '\nLooks, and changes nothing. Exit code: 0 no drift, 2 drift, 1 a check failed.',
      );
  },
  prepare: prepareInputs,
  async run(session, [name], options, command) {
    const { wanted, plan } = await plannedRun(session, name ?? '', options, command);
    if (session.flags.json === true) session.out.json(plan);
    else session.out.lines(driftView(plan, startCommand(wanted), session.screen));
    return exitOf(plan);
  },
};
