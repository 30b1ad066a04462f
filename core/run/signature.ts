import { personOf } from './approvers.js';
import type { Decision } from './control.js';
import type { Run } from './run.js';
import { textOf, type Signed } from './votes.js';

/**
 * Has a vote's signature verified. Null for a vote without one; text where it is not a signature of its author
 * over this very vote.
 */
export async function verified(
  run: Run,
  step: string,
  decision: Decision,
  planHash: string | null,
): Promise<Signed | string | null> {
  const { by, signature } = decision;
  if (signature === undefined) return null;
  const answer = await run.engine.verifySignature({
    text: textOf(run.record, step, decision, planHash),
    signature: signature.text,
    signers: [...new Set([by, personOf(by)])],
    allowedSigners: run.program.approvers?.allowedSigners ?? '',
  });
  if ('problem' in answer)
    return `the signature does not prove that ${by} voted so: ${answer.problem}`;
  return { key: answer.key, at: signature.at, asked: signature.asked, signature: signature.text };
}
