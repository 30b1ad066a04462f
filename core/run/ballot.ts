import type { Ballot, DecisionRecord } from '../record.js';

/** Digits of a hash that people are shown. */
const digits = 12;

/** An author of a vote: `ann`, `ann (signed)`, and where votes can be signed `ann (claimed)`. */
function voter(by: string, signed: boolean, signatures: Ballot['signatures']): string {
  if (signed) return `${by} (signed)`;
  return signatures === 'none' ? by : `${by} (claimed)`;
}

/** Who has approved so far. */
export function voters({ votes, signatures }: Ballot): string {
  return votes.map(({ by, signed }) => voter(by, signed, signatures)).join(', ');
}

/** The votes so far: `1 of 2: ann`. */
export function countWords(ballot: Ballot): string {
  const { quorum, votes } = ballot;
  return `${votes.length} of ${quorum}${votes.length === 0 ? '' : `: ${voters(ballot)}`}`;
}

/** The votes that have decided, with what was said: `ann: looks good; bob (signed)`. */
export function voteWords({ votes, signatures }: Ballot): string {
  return votes
    .map(({ by, signed, reason }) => {
      const name = voter(by, signed, signatures);
      return reason === '' ? name : `${name}: ${reason}`;
    })
    .join('; ');
}

/** What a ballot says besides its question, a line each: votes, who is asked, and for which plan. */
export function ballotWords(ballot: Ballot): string[] {
  const { approvers, excluded, signatures, planHash, does } = ballot;
  const asked = approvers === null ? [] : [`asked: ${approvers.join(', ')}`];
  const not = excluded === null ? [] : [`not ${excluded}, who has started the run`];
  const signing = signatures === 'required' ? ['votes must be signed'] : [];
  const steps = does.map(({ path, kind }) => `${kind} ${path}`).join(', ');
  const what = steps === '' ? 'changes nothing as things are' : steps;
  return [
    [countWords(ballot), ...asked, ...not, ...signing].join('; '),
    ...(planHash === null ? [] : [`plan ${planHash.slice(0, digits)}: ${what}`]),
  ];
}

/** Who a decision says has made it, and how far that is proven. */
export function author({ by, signed }: Pick<DecisionRecord, 'by' | 'signed'>): string {
  return signed === undefined ? by : `${by} (signed)`;
}
