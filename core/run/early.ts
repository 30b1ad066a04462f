import type { ApprovalStep } from '../definition/runbook.js';
import { emptyBallot } from './approval.js';
import type { Decision } from './control.js';
import { recorded } from './people.js';
import type { Run } from './run.js';
import { verified } from './signature.js';
import { isEarly, objection } from './votes.js';

/** A vote for an approval that was not reached when it came. */
export interface EarlyVote {
  readonly step: string;
  readonly verb: 'approve' | 'reject';
  readonly by: string;
  readonly at: string;
  readonly reason: string;
  /** Whether a signature was verified. */
  readonly signed: boolean;
}

/** Keeps a vote until its approval is reached. Why it does not count, or null. */
export async function keepEarly(
  run: Run,
  step: string,
  decision: Decision,
): Promise<string | null> {
  const { by, reason } = decision;
  const verb = decision.verb === 'reject' ? 'reject' : 'approve';
  if (run.undoing || run.ending) return `step '${step}' will not be reached any more`;
  const kept = run.earlyVotes.filter((vote) => vote.step === step);
  const definition = run.locate(step).indexed.definition as ApprovalStep;
  const votes = kept.filter((vote) => vote.verb === 'approve');
  const ballot = { ...emptyBallot(run, definition, null), votes };
  const problem = objection(run.record, ballot, null, decision);
  if (problem !== null) return problem;
  const signed = await verified(run, step, decision, null);
  if (typeof signed === 'string') return signed;
  if (!isEarly(run.record, { ...decision, step }))
    return `step '${step}' has been reached meanwhile: look at it, and vote again`;
  const at = run.engine.now();
  run.earlyVotes = [...run.earlyVotes, { step, verb, by, at, reason, signed: signed !== null }];
  run.emit({
    type: 'decision',
    decision: { ...recorded(decision, step, at), ...(signed === null ? {} : { signed }) },
  });
  const words = run.earlyVotes
    .filter((vote) => vote.step === step)
    .map((vote) => `${vote.verb} by ${vote.by}`)
    .join(', ');
  run.emit({ type: 'step-noted', path: step, note: `voted early: ${words}` });
  return null;
}
