import { PermanentError } from '../../core/errors.js';
import type { LocalBeginning, LocalUndo } from '../../core/local.js';
import { hasEnded } from '../../core/run/outcome.js';
import { expressed, stateToUndo } from '../../core/run/past.js';
import { begunRun } from './begun.js';
import { Drive } from './drive.js';
import type { World } from './engine.js';
import type { Entry } from './entry.js';
import { Family } from './items.js';
import { Kernel } from './kernel.js';

const nobody = (): never => {
  throw new Error('nothing of a run that has ended is done again');
};

const untouched: World = {
  perform: nobody,
  stop: nobody,
  problems: nobody,
  callee: nobody,
  planHash: nobody,
  verifySignature: nobody,
  claim: nobody,
  release: nobody,
  archive: nobody,
  tell: nobody,
};

/**
 * How a run is begun that puts back what another one had changed: out of the journal of that one, which is read
 * once more. `run`: the id of the new one.
 * @throws PermanentError `journal-unusable`
 */
export async function undoBeginning(
  run: string,
  entries: readonly Entry[],
  { of, user, wait, force, reason, host, startedAt }: LocalUndo,
): Promise<LocalBeginning> {
  const first = entries.find((entry) => entry.type === 'run');
  const resolved = entries.find((entry) => entry.type === 'resolved');
  const unusable = new PermanentError(
    'journal-unusable',
    `the journal of ${of} does not tell how it went`,
    {
      hint: `put it back by hand: runbook report ${of} has what was found before`,
    },
  );
  if (first === undefined || resolved === undefined) throw unusable;
  const { begin } = first;
  const kernel = new Kernel(begin.startedAt);
  const family = new Family(kernel, begin, () => untouched);
  const { interpreter, execute } = begunRun(of, begin, resolved, family);
  const drive = new Drive({
    kernel,
    execute,
    find: (one) => family.find(one),
    journal: { append: () => Promise.resolve() },
    now: () => startedAt,
    show: () => undefined,
  });
  // Nothing is done by that: what it had asked for is answered out of the journal.
  await drive.replay(entries);
  if (!hasEnded(interpreter.record.state)) throw unusable;
  const { request } = begin;
  const { inputs, actions } = resolved;
  const state = stateToUndo(interpreter.state(), { run, user, startedAt, local: { reason, host } });
  return {
    request: {
      ...request,
      user,
      wait,
      planHash: null,
      resume: { inputs, actions, state },
      undo: { of: request.undo?.of ?? expressed(interpreter.record), from: of, force },
    },
    items: family.past(),
    reason,
    host,
    startedAt,
  };
}
