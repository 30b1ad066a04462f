/**
 * Every error that a user can meet has a code from this list, and a page `docs/errors/<code>.md`
 * that tells causes and cures. The text here is the page's one-line summary.
 */
export const errorCodes = {
  'action-failed': 'A tool answered with an error.',
  'action-unknown': 'The worker does not have the action that a step names.',
  'before-too-large': 'An action wants to remember more than fits into the history.',
  'check-failed': 'A check could not find out how things stand.',
  'cluster-mismatch': 'The cluster that answers is not the one in the inventory.',
  'command-failed': 'A command ended with an exit code that the action does not accept.',
  'command-timeout': 'A command did not end within its time.',
  'definition-invalid': 'The runbook, inventory or project file has problems.',
  'failure-budget': 'More items of a fleet have failed than it allows.',
  'expression-failed': 'An expression could not be evaluated.',
  'guard-failed': 'A guard does not hold; the run was refused and nothing was touched.',
  'host-key-changed': 'The host shows another key than the one in known_hosts.',
  'host-key-unknown': 'The host is not in known_hosts.',
  'import-refused':
    'The file cannot be imported: it is damaged, too new, too large, or in the way of another run.',
  'in-doubt': 'Nobody can know whether an effect that must not happen twice has happened.',
  'input-invalid': 'An input does not fit its schema.',
  internal: 'A fault of runbook itself.',
  irreversible: 'The step cannot be undone.',
  'item-failed': 'The run of an item of a fleet did not come through.',
  'keys-unavailable': 'A key of the encrypted history is missing, or does not fit.',
  'journal-unusable': 'The journal of a run without a server cannot be gone on from.',
  'lease-held': 'Another run, or a person, holds the right to act on this target.',
  'lease-lost': 'Another run has got the right to act on this target since.',
  'log-unwritable': "The run's log cannot be written: the disk is full or failing.",
  'login-failed': 'The host refused the key or the user.',
  'no-project': 'There is no runbook.yaml in the folder that was named.',
  'moved-on': 'What a run had changed is no longer as it has left it.',
  'not-delivered': 'A notification has not reached its receiver.',
  'not-found': 'There is no such run, runbook, step or target.',
  'not-settled': 'The change was made, but its effect did not show in time.',
  'not-waiting': 'The run or step does not wait for this decision.',
  'output-too-large': 'A tool printed more than the action can take.',
  'plan-changed': 'The live state is no longer the one that the plan showed.',
  'probe-failed': 'A probe lost more calls than the runbook allows.',
  'proposal-refused':
    'The proposal was started before, another person has to start it, or its file is damaged.',
  refused: 'The tool refused the request for good.',
  regressed: 'Something that the run had changed is no longer so.',
  rejected: 'A person rejected the approval.',
  'secret-exposed': 'A secret would be seen where it must not be.',
  'secret-unavailable': 'The value of a secret cannot be had.',
  'server-unavailable': 'The Temporal server does not answer.',
  'state-unwritable': 'A file of runbook cannot be written: the disk is full, or it is not ours.',
  'step-timeout': 'The step did not end within its time.',
  'target-unknown': 'The inventory has no such target.',
  'tool-missing': 'A tool that the action needs is not installed there.',
  'undo-failed': 'A step could not be put back to the state found.',
  unreachable: 'The target could not be reached.',
  usage: 'The command line is not right.',
  'does-not-hold': 'A read-only step found that its condition does not hold.',
  'wait-timeout': 'The condition did not come true in time.',
  'worker-unavailable': 'No worker takes up the work.',
} as const;

/** A code from {@link errorCodes}. */
export type ErrorCode = keyof typeof errorCodes;

/** How to go on after a failure: try again, do not try again, or ask a person. */
export type FailureClass = 'transient' | 'permanent' | 'in-doubt';

/** What an error says beyond its message. */
export interface ErrorOptions {
  /** What the reader can do next, as one sentence or command. */
  readonly hint?: string;
  readonly cause?: unknown;
}

/**
 * An error with a code, a message (what, where, why) and a hint (what next). Transient by default:
 * the step tries again within its budget.
 */
export class RunbookError extends Error {
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly class: FailureClass = 'transient';

  constructor(code: ErrorCode, message: string, options: ErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'RunbookError';
    this.code = code;
    this.hint = options.hint;
  }
}

/** Will not heal by trying again: wrong input, missing tool, refused by policy. */
export class PermanentError extends RunbookError {
  override readonly class = 'permanent';
  override readonly name = 'PermanentError';
}

/** An effect that must not happen twice may have happened: only a person can say. */
export class InDoubtError extends RunbookError {
  override readonly class = 'in-doubt';
  override readonly name = 'InDoubtError';
}

/**
 * True for errors of this family. Compared by shape, not `instanceof`: realms and bundles would break it.
 */
export function isRunbookError(error: unknown): error is RunbookError {
  if (typeof error !== 'object' || error === null) return false;
  return (
    'code' in error && 'class' in error && 'message' in error && String(error.code) in errorCodes
  );
}
