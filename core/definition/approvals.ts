import { knownNames, peopleOf, type Approvers } from '../run/approvers.js';
import { didYouMean } from './nearest.js';
import type { ProblemBelow } from './problem.js';
import type { ApprovalStep } from './runbook.js';

function unknownNames(
  path: readonly string[],
  names: readonly string[],
  approvers: Approvers,
): ProblemBelow[] {
  const known = knownNames(approvers);
  return names.flatMap((name, at) => {
    if (known.includes(name)) return [];
    const hint =
      known.length === 0
        ? 'the project file names them: approvers: { groups: { … } }'
        : didYouMean(name, known);
    return [{ path: [...path, at], message: `unknown approver '${name}'`, hint }];
  });
}

/** Every problem of an approval beyond its schema. `approvers`: those of the project, null where not known. */
export function approvalProblems(step: ApprovalStep, approvers: Approvers | null): ProblemBelow[] {
  const problems: ProblemBelow[] = [];
  const { onTimeout, escalate, timeout, quorum = 1 } = step;
  const add = (path: string, message: string, hint: string | null = null): void => {
    problems.push({ path: [path], message, hint });
  };
  if (onTimeout === 'escalate' && escalate === undefined)
    add('onTimeout', "says to whom in 'escalate'", 'escalate: { to: [leads], timeout: 1h }');
  if (escalate !== undefined) {
    if (onTimeout !== 'escalate') add('escalate', "needs 'onTimeout: escalate'");
    if (timeout === undefined) add('escalate', "needs 'timeout': when to ask more people");
    if (step.approvers === undefined)
      add('escalate', 'there is nobody left to ask: without approvers, anybody may vote');
  }
  if (approvers === null) return problems;
  problems.push(
    ...unknownNames(['approvers'], step.approvers ?? [], approvers),
    ...unknownNames(['escalate', 'to'], escalate?.to ?? [], approvers),
  );
  if (step.approvers !== undefined) {
    const people = peopleOf(approvers, step.approvers);
    if (quorum > people.length)
      add(
        'quorum',
        `${quorum} people must approve, and ${people.length} are asked: ${people.join(', ')}`,
      );
  }
  return problems;
}
