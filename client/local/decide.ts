import { randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { PermanentError } from '../../core/errors.js';
import {
  localPlaces,
  type LocalAnswer,
  type LocalDecision,
  type LocalRun,
} from '../../core/local.js';
import type { Decision } from '../../core/run/control.js';
import { readJson, writeJson } from '../embedded/json-file.js';
import type { Session } from '../session.js';
import { followLocally } from './follow.js';
import { lookLocally } from './look.js';
import { launch, processOf } from './process.js';

/** How often an answer is looked for, ms. */
const everyMs = 50;

const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, everyMs));

function refused({ verb }: Decision, run: string, why: string): PermanentError {
  return new PermanentError('not-waiting', `${verb} ${run}: ${why}`, {
    hint: `runbook status ${run} shows how it stands`,
  });
}

/** Waits for what the process makes of a decision; null where it has ended without a word. */
async function answerTo(
  session: Session,
  run: string,
  id: string,
  lives: () => boolean,
): Promise<LocalAnswer | null> {
  const path = join(localPlaces(session.state, run).inbox, `${id}.answer`);
  for (;;) {
    const living = lives();
    const answer = readJson(path) as LocalAnswer | null;
    if (answer !== null) {
      rmSync(path, { force: true });
      return answer;
    }
    if (!living) return null;
    await pause();
  }
}

/** Hands a decision to the process that works at the run. */
async function toProcess(session: Session, run: string, asked: LocalDecision): Promise<void> {
  const path = join(localPlaces(session.state, run).inbox, `${asked.id}.json`);
  writeJson(path, asked);
  const lives = (): boolean => processOf(session.state, run) !== null;
  const answer = await answerTo(session, run, asked.id, lives);
  rmSync(path, { force: true });
  if (answer === null)
    throw refused(asked.decision, run, 'its process ended before it took this; decide again');
  if (answer.refused !== null) throw refused(asked.decision, run, answer.refused);
}

/** What a decision comes to where no process is at the run. */
function forNobody(session: Session, run: string, asked: LocalDecision): LocalDecision | null {
  const { decision } = asked;
  if (decision.verb === 'pause')
    throw refused(decision, run, 'it stands still: no process is at it');
  const paused = lookLocally(session, run)?.record.state === 'paused';
  // One that was only stopped goes on by itself.
  if (decision.verb === 'resume' && !paused) return null;
  return asked;
}

/**
 * Has a decision taken by a run without a server. Where no process is at it one is started, and followed: then the
 * exit code is answered; else null. `taker`: the run itself, or that of one of its items.
 * @throws PermanentError `not-waiting` with the run's own words where it refuses
 */
export async function decideLocally(
  session: Session,
  about: LocalRun,
  taker: string,
  decision: Decision,
): Promise<number | null> {
  const { run } = about;
  const id = randomUUID();
  if (processOf(session.state, run) !== null) {
    await toProcess(session, run, { id, run: taker, decision });
    return null;
  }
  const asked = forNobody(session, run, { id, run: taker, decision });
  const since = Date.now();
  const own = await launch(session, about, { task: 'run', begin: null, decision: asked });
  if (asked !== null) {
    let ended = false;
    void own.ended.then(() => (ended = true));
    const answer = await answerTo(session, run, asked.id, () => !ended);
    if (answer?.refused !== null && answer !== null) {
      own.stop();
      await own.ended;
      throw refused(decision, run, answer.refused);
    }
  }
  return followLocally(session, run, own, since);
}
