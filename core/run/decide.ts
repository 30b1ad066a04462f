import { addressee, refusal, type Decision } from './control.js';
import { keepEarly } from './early.js';
import { tellItems } from './items-at-work.js';
import { refusalText, regainAtOnce, lacksLeases } from './locks.js';
import { Refused } from './refused.js';
import type { Run } from './run.js';
import { isEarly } from './votes.js';

const atItsEnd = 'the run is at its end: retry or skip the step that is left';

/** Carries out a decision. @throws Refused with the reason, also where the step it is for refuses it */
export async function decide(run: Run, decision: Decision): Promise<void> {
  const { control, engine, record } = run;
  const wrong = refusal(record, decision, control.paused);
  if (wrong !== null) throw new Refused(wrong);
  const note = (): void =>
    run.emit({
      type: 'decision',
      decision: {
        at: engine.now(),
        by: decision.by,
        verb: decision.verb,
        step: decision.step,
        reason: decision.reason,
      },
    });
  switch (decision.verb) {
    case 'pause':
      control.paused = true;
      note();
      return tellItems(run, 'pause', decision);
    case 'resume': {
      const refused = await regainAtOnce(run);
      if (refused.length > 0) throw new Refused(refusalText(refused));
      if (lacksLeases(run)) throw new Refused('a lease was taken from the run once more meanwhile');
      control.paused = false;
      note();
      return tellItems(run, 'resume', decision);
    }
    case 'undo':
      if (run.undoing) throw new Refused('the run is being undone already');
      if (run.ending) throw new Refused(atItsEnd);
      note();
      control.interrupt({ kind: 'undo', downTo: decision.step });
      return;
    case 'cancel': {
      const parked = run.undoing
        ? record.waitingFor.find((waiting) => waiting.verbs.includes('cancel'))
        : undefined;
      if (parked?.run !== undefined && parked.run !== record.run)
        throw new Refused(
          `the run is being undone; '${parked.path}' is decided upon in its own run, ${parked.run}`,
        );
      if (run.undoing && parked === undefined) {
        throw new Refused('the run is being undone; it can be cancelled when it parks');
      }
      if (parked !== undefined) return deliver(run, parked.path, decision);
      if (run.ending) throw new Refused(atItsEnd);
      note();
      control.interrupt({ kind: 'cancel', undo: decision.undo ?? false });
      return;
    }
    default: {
      if (decision.step !== null && isEarly(record, decision)) {
        const problem = await keepEarly(run, decision.step, decision);
        if (problem !== null) throw new Refused(problem);
        return;
      }
      const found = addressee(record, decision);
      if (typeof found === 'string') throw new Refused(found);
      return deliver(run, found.path, decision);
    }
  }
}

function deliver(run: Run, path: string, decision: Decision): Promise<void> {
  return new Promise((resolve, reject) => {
    run.control.deliver(path, {
      decision,
      accept: resolve,
      refuse: (reason) => reject(new Refused(reason)),
    });
  });
}
