import type { RunRecord, Waiting } from '../record.js';
import type { DecisionVerb } from './outcome.js';

/** What a verb does to a waiting step, in a few words. */
export const meanings: Readonly<Record<DecisionVerb, string>> = {
  retry: 'try again',
  skip: 'go on without it',
  confirm: 'it has been done',
  approve: 'go on',
  reject: 'refuse: the step fails',
  undo: 'put everything back',
  cancel: 'end here, as it is',
  pause: 'hold before the next step',
  resume: 'go on',
};

const needsReason: ReadonlySet<DecisionVerb> = new Set(['skip', 'confirm', 'reject']);

/** A command that decides: to be pasted into a shell. */
export interface Choice {
  readonly verb: DecisionVerb;
  readonly command: string;
  readonly meaning: string;
}

/** The decisions that a waiting step takes, as commands; their verbs are padded to `columns`. */
export function decisionCommands(record: RunRecord, waiting: Waiting, columns = 0): Choice[] {
  return waiting.verbs.map((verb) => {
    // The step may be left out where nothing else waits; undo and cancel are about the whole run.
    const named = record.waitingFor.length > 1 && verb !== 'undo' && verb !== 'cancel';
    const reason = needsReason.has(verb) ? ' --reason "…"' : '';
    // Shells take brackets for patterns.
    const path = /[[\]]/.test(waiting.path) ? `'${waiting.path}'` : waiting.path;
    const step = named ? ` ${path}` : '';
    const vote = verb === 'approve' || verb === 'reject';
    const sign = vote && waiting.ballot?.signatures === 'required' ? ' --sign KEYFILE' : '';
    return {
      verb,
      command: `runbook ${verb.padEnd(columns)} ${record.run}${step}${reason}${sign}`,
      meaning: meanings[verb],
    };
  });
}
