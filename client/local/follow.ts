import { exitOfRun, exits } from '../exit.js';
import { busyStep, createFollower, sleep } from '../follow-run.js';
import type { Session } from '../session.js';
import { pauseMs } from '../server/follow.js';
import { openTail } from '../state/tail.js';
import { standsStill } from '../view/changes.js';
import { hasEnded } from '../../core/run/outcome.js';
import { blank, line } from '../view/line.js';
import { lookLocally, lookLocallyOnce, type LocalLook } from './look.js';
import { processOf, type LocalProcess } from './process.js';

const help = {
  own: 'Ctrl-C stops it at a safe point; a second one at once.',
  other: 'Ctrl-C leaves this view.',
};

function say(session: Session, text: string): void {
  if (session.flags.json !== true && session.flags.quiet !== true)
    session.err.lines([blank, line(text)]);
}

/**
 * Follows a run without a server, and answers the exit code. `own`: the process that was started for it from here,
 * which ends when nobody follows it any more. `of`: the run of an item that is looked at in its place.
 * @throws RunbookError where that process has failed
 */
export async function followLocally(
  session: Session,
  run: string,
  own: LocalProcess | null,
  since: number | null,
  of = run,
): Promise<number> {
  const follower = await createFollower(session, since, own === null ? help.other : help.own);
  const tail = openTail(session.state, of);
  const ended: { fault: Error | null; yet: boolean } = { fault: null, yet: own === null };
  void own?.ended.then((fault) => Object.assign(ended, { fault, yet: true }));
  const begun = Date.now();
  let shown = '';
  let stopping = false;
  let last: LocalLook | null = null;
  const stop = (): void => {
    stopping = true;
    own?.stop();
  };
  for (;;) {
    const over = ended.yet;
    const look: LocalLook | null = lookLocally(session, run, of) ?? last;
    // What an earlier process has left is no news of this one.
    if (look === null && own === null && processOf(session.state, run) === null)
      lookLocallyOnce(session, run, of);
    if (look !== null && (own === null || over || look.by === own.pid || look.by === 0)) {
      last = look;
      const step = busyStep(look);
      // That its own process is gone is told below.
      const trouble = own === null ? look.trouble : null;
      const lines = step === null ? null : tail.of(step);
      const text = JSON.stringify([look, lines]);
      if (text !== shown) follower.show({ ...look, trouble }, lines);
      shown = text;
    }
    const gone = own === null ? last?.pid === null : over;
    if (last !== null && (gone || (own === null && hasEnded(last.record.state)))) {
      if (ended.fault === null || hasEnded(last.record.state)) return leave(last);
      follower.finish({ ...last, trouble: null }, 'lost');
    }
    if (over && ended.fault !== null) throw ended.fault;
    const rests = last !== null && standsStill(last.record);
    if (rests && !session.interactive && own !== null && !stopping) stop();
    if (rests && !session.interactive && own === null && last !== null) {
      follower.finish(last, 'waiting');
      return exits.waiting;
    }
    if (session.signal.aborted) {
      if (own === null) {
        if (last !== null) follower.finish(last, 'left');
        return exits.interrupted;
      }
      if (!stopping) {
        stop();
        const busy = last === null ? null : busyStep(last);
        if (busy !== null)
          say(session, `Stopping after what '${busy}' is at. Ctrl-C again: at once.`);
      }
    }
    await sleep(pauseMs(Date.now() - begun), new AbortController().signal);
  }

  function leave(look: LocalLook): number {
    const sight = own === null ? look : { ...look, trouble: null };
    follower.finish(sight, hasEnded(look.record.state) ? 'ended' : 'kept');
    const exit = exitOfRun(look.record);
    if (hasEnded(look.record.state) || exit === exits.waiting) return exit;
    say(session, `Stopped, and kept. Go on with: runbook resume ${run}`);
    return session.signal.aborted ? exits.interrupted : exits.waiting;
  }
}
