import { PermanentError } from '../../core/errors.js';
import { textOption, type CommandModule } from '../command.js';
import { exits } from '../exit.js';
import { prepareInputs } from '../inputs/command.js';
import { plannedRun } from '../planning.js';
import { hashOfProposal, idOfProposal, writeProposal } from '../proposal-file.js';
import { definitionHash } from '../server/request.js';
import { keepProposal } from '../state/proposals.js';
import { blank, span } from '../view/line.js';
import { planView } from '../view/plan.js';

export const command: CommandModule = {
  configure(command) {
    command
      .argument('<runbook>', 'name of the runbook, or its file')
      .option('--reason <text>', 'why it is to be done: shown to whoever starts it')
      .option('-o, --output <file>', 'write it into a file, to be started from another machine')
      .addHelpText(
        'after',
        '\nKeeps definition, inputs and plan, and prints an id. runbook start --proposal ID starts exactly that, or refuses.',
      );
  },
  prepare: prepareInputs,
  async run(session, [name], options, command) {
    const { wanted, plan } = await plannedRun(session, name ?? '', options, command);
    const { loaded, inputs } = wanted;
    if (!session.flags.json) session.out.lines([...planView(plan, session.screen), blank]);
    if (plan.refused) {
      throw new PermanentError('guard-failed', 'a guard does not hold; nothing was proposed', {
        hint: 'mend what the guards name, then propose again',
      });
    }
    const content = {
      by: session.user,
      at: new Date().toISOString(),
      reason: textOption(options, 'reason') ?? '',
      plan,
      definitionHash: definitionHash(loaded.runbook),
      inputs,
    };
    const proposal = { id: idOfProposal(content), ...content, run: null };
    const output = textOption(options, 'output');
    if (output !== undefined) writeProposal(output, proposal);
    keepProposal(session.state, proposal);
    if (session.flags.json === true) session.out.json(proposal);
    else {
      session.out.lines([
        [span('Proposed. To start exactly this: ', 'dim')],
        [span(`runbook start --proposal ${output ?? proposal.id}`)],
        ...(output === undefined ? [] : [[span(`sha256 ${hashOfProposal(content)}`, 'dim')]]),
      ]);
    }
    return exits.done;
  },
};
