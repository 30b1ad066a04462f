import type { Command } from 'commander';
import { PermanentError } from '../core/errors.js';
import { samePerson } from '../core/run/approvers.js';
import type { Options } from './command.js';
import { boundTo, type Kept } from './kept-plan.js';
import { soundRunbook } from './library.js';
import { isProposalFile, readProposal } from './proposal-file.js';
import type { Session } from './session.js';
import { findProposal, type Proposal } from './state/proposals.js';

/** What was proposed: under an id on this machine, or in a file. @throws PermanentError `not-found`, `proposal-refused` */
export function proposalOf(session: Session, word: string): Proposal {
  if (isProposalFile(word)) {
    const brought = readProposal(word);
    // It may have been started here before.
    return findProposal(session.state, brought.id) ?? brought;
  }
  const found = findProposal(session.state, word);
  if (found !== null) return found;
  throw new PermanentError('not-found', `there is no proposal '${word}' here`, {
    hint: 'it is kept on the machine where it was made; for another one: runbook propose … --output FILE',
  });
}

/**
 * A proposal, ready to be started: its definition is still the one that was proposed.
 * @throws PermanentError `proposal-refused` where it was started before, or this person may not; `plan-changed`.
 */
export async function keptProposal(
  session: Session,
  proposal: Proposal,
  options: Options,
  command: Command,
): Promise<Kept> {
  const { id, by, run } = proposal;
  if (run !== null && run !== options['id']) {
    throw new PermanentError('proposal-refused', `proposal ${id} was started already: run ${run}`, {
      hint: `runbook status ${run} shows it`,
    });
  }
  const { approvers } = await session.project();
  if (approvers.proposals === 'another' && samePerson(by, session.user)) {
    throw new PermanentError(
      'proposal-refused',
      `proposal ${id} is by ${by}: another person has to start it`,
      {
        hint: 'the project says so: approvers.proposals in runbook.yaml',
      },
    );
  }
  const loaded = await soundRunbook(session, proposal.plan.runbook);
  return boundTo(session, loaded, proposal, `proposal ${id}`, options, command);
}
