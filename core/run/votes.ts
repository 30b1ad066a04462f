import { canonical } from '../json.js';
import type { Ballot, DecisionRecord, RunRecord, StepRecord, Waiting } from '../record.js';
import { isAsked, samePerson } from './approvers.js';
import { countWords } from './ballot.js';
import type { Decision } from './control.js';

/** What a vote's signature is made over. */
export interface SignedVote {
  readonly run: string;
  readonly startedAt: string;
  readonly step: string;
  /** When the approval was asked for; null for an early vote. */
  readonly asked: string | null;
  readonly verb: string;
  /** Hash of the plan; null where none was shown. */
  readonly plan: string | null;
  readonly by: string;
  readonly reason: string;
  /** When it is signed, RFC 3339 UTC. */
  readonly at: string;
}

/** Namespace of the signatures, which keeps them apart from those of files and commits. */
export const voteNamespace = 'runbook';

/** The text that is signed: one way to write each vote, and no two votes with the same text. */
export function voteText(vote: SignedVote): string {
  return `${canonical({ format: 'runbook-vote/v1', ...vote })}\n`;
}

/** The text that a decision's signature must be made over. */
export function textOf(
  record: RunRecord,
  step: string,
  decision: Decision,
  planHash: string | null,
): string {
  const { verb, by, reason, signature } = decision;
  return voteText({
    run: record.run,
    startedAt: record.startedAt,
    step,
    asked: signature?.asked ?? null,
    verb,
    plan: planHash,
    by,
    reason,
    at: signature?.at ?? '',
  });
}

function signatureProblem(
  record: RunRecord,
  { signatures }: Ballot,
  asked: string | null,
  { by, signature }: Decision,
): string | null {
  if (signature === undefined)
    return signatures === 'required' ? 'votes must be signed here: --sign KEYFILE' : null;
  if (signatures === 'none')
    return 'signatures cannot be verified: the project names no approvers.allowedSigners';
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z$/.test(signature.at))
    return 'the time of the signature is not one of RFC 3339, UTC';
  if (signature.asked !== asked)
    return 'it was asked anew since the vote was signed: look at it, and sign again';
  const used = record.decisions.some((one) => one.by === by && one.signed?.at === signature.at);
  return used ? 'this signature was used before' : null;
}

/** Why a vote does not count for a ballot, or null. `asked`: since when it is asked for; null before that. */
export function objection(
  record: RunRecord,
  ballot: Ballot,
  asked: string | null,
  decision: Decision,
): string | null {
  const { by, verb, planHash } = decision;
  const { approvers, excluded, votes } = ballot;
  if (approvers !== null && !approvers.some((person) => isAsked(person, by)))
    return `${by} is not asked, but ${approvers.join(', ')}`;
  if (excluded !== null && samePerson(excluded, by))
    return `${by} has started the run: somebody else has to decide`;
  if (planHash !== undefined && ballot.planHash?.startsWith(planHash) !== true) {
    const now = ballot.planHash === null ? 'without a plan' : `is ${ballot.planHash.slice(0, 12)}`;
    return `the vote is for plan ${planHash.slice(0, 12)}, and what is asked for now ${now}: look at it again`;
  }
  if (verb === 'approve' && votes.some((vote) => samePerson(vote.by, by)))
    return `${by} has approved already (${countWords(ballot)}): somebody else has to`;
  return signatureProblem(record, ballot, asked, decision);
}

/** How an approval was decided, and when; null where nobody has. */
function verdict({ note, failure, endedAt }: StepRecord): string | null {
  const what = failure?.code === 'rejected' ? failure.message : note;
  return what === null ? null : `${what} (${endedAt ?? ''})`;
}

function isVote({ verb }: Decision): boolean {
  return verb === 'approve' || verb === 'reject';
}

/** Why a vote comes too late, with who has decided and when; null where it does not, or is none. */
export function tooLate(record: RunRecord, decision: Decision): string | null {
  if (!isVote(decision)) return null;
  const approvals = record.steps.filter(
    ({ kind, path }) => kind === 'approval' && (decision.step ?? path) === path,
  );
  const [only] = approvals;
  if (only === undefined || approvals.length > 1) return null;
  if (only.outcome === null && only.phase !== 'parked') return null;
  const how = verdict(only);
  return how === null ? null : `step '${only.path}' was decided: ${how}`;
}

/** True for a vote for an approval that has not been reached: it names the step, lest it is meant for another one. */
export function isEarly(record: RunRecord, decision: Decision): boolean {
  if (!isVote(decision) || decision.step === null) return false;
  const { step: named } = decision;
  if (record.waitingFor.some(({ path }) => path === named)) return false;
  const found = record.steps.find(({ path }) => path === named);
  return found?.kind === 'approval' && found.outcome === null;
}

/** Why a decision over a waiting step is plainly wrong by its ballot, or null. */
export function ballotProblem(
  record: RunRecord,
  { ballot, since }: Waiting,
  decision: Decision,
): string | null {
  if (ballot === undefined || !isVote(decision)) return null;
  return objection(record, ballot, since, decision);
}

/** A verified signature, as the record keeps it. */
export type Signed = NonNullable<DecisionRecord['signed']>;
