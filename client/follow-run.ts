import { RunbookError } from '../core/errors.js';
import { exitOfRun, exits } from './exit.js';
import type { Follower } from './render/follower.js';
import type { Server } from './server/connection.js';
import { follow, type Followed } from './server/follow.js';
import { describe, type Look } from './server/look.js';
import type { Session } from './session.js';
import { forgetOpen } from './state/open.js';
import { openTail, type TailReader } from './state/tail.js';
import { blank, line } from './view/line.js';

/** Without an answer from server or worker for so long, a follower gives up, ms. */
function patienceMs(environment: Readonly<Record<string, string | undefined>>): number {
  const seconds = Number(environment['RUNBOOK_PATIENCE'] ?? '');
  return Number.isFinite(seconds) && seconds > 0 ? seconds * 1000 : 60_000;
}

/** The renderer for this session. `help`: what is said below a run that is drawn in place. */
export async function createFollower(
  session: Session,
  since: number | null,
  help?: string,
): Promise<Follower> {
  if (session.flags.json === true) {
    return (await import('./render/json.js')).jsonFollower(session.out);
  }
  if (
    session.interactive ||
    (process.stdout.isTTY && !session.flags.plain && !session.flags.quiet)
  ) {
    const { createLive } = await import('./render/live.js');
    const { ttyFollower } = await import('./render/tty.js');
    return ttyFollower(session.out, await createLive(session.out), session.glyphs, help);
  }
  const { systemClock } = await import('./view/time.js');
  const { PlainFollower } = await import('./render/plain.js');
  return new PlainFollower(session.out, session.glyphs, systemClock, since);
}

/** The step that is at work, the last of them. */
export function busyStep(look: Pick<Look, 'record'>): string | null {
  const at = look.record.steps.findLast((step) => step.phase !== null && step.outcome === null);
  return at?.path ?? null;
}

/** Waits; not any longer when the signal comes. */
export function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    if (signal.aborted) done();
    else signal.addEventListener('abort', done, { once: true });
  });
}

/**
 * Brings back what has died. A server that was stopped on purpose stays stopped: the reader is told, and
 * what was watched goes on when it is started again.
 */
async function mend(session: Session, taskQueue: string | null): Promise<void> {
  const { runningServer, serverDied } = await import('./embedded/server.js');
  const endpoint = await session.endpoint();
  await session.forgetServer();
  if (endpoint.kind !== 'embedded') return;
  if (runningServer(session.state) === null && !serverDied(session.state)) return;
  try {
    await session.server();
    if (taskQueue !== null) await session.workerOf(taskQueue);
  } catch (error) {
    if (!(error instanceof RunbookError)) throw error;
    await session.forgetServer();
  }
}

/** The server while one follows: one that was stopped on purpose is not started again by looking. */
async function serverToFollow(session: Session): ReturnType<Session['server']> {
  const { runningServer, serverDied } = await import('./embedded/server.js');
  const endpoint = await session.endpoint();
  if (
    endpoint.kind === 'embedded' &&
    runningServer(session.state) === null &&
    !serverDied(session.state)
  ) {
    throw new RunbookError('server-unavailable', 'the server was stopped', {
      hint: 'runbook dev start',
    });
  }
  return session.server();
}

/** Task queue of a run that somebody has to work at; null for one that has ended. */
async function queueOf(server: Server, run: string): Promise<string | null> {
  const { status, taskQueue } = await describe(server, run);
  return status.name === 'RUNNING' ? taskQueue : null;
}

/**
 * Follows a run on the screen, and answers the exit code. `since`: what has happened from then on is told
 * too, ms; null: only what is to come.
 */
export async function followRun(
  session: Session,
  run: string,
  since: number | null = null,
): Promise<number> {
  const follower = await createFollower(session, since);
  const tail: TailReader = openTail(session.state, run);
  let taskQueue: string | null = null;
  let lastSight: Look | null = null;
  let checkedAt = Date.now();
  const followed = await follow(
    run,
    {
      server: async () => {
        const server = await serverToFollow(session);
        // A worker that dies is started again: a run that nobody works at would stand still without a word.
        if (taskQueue === null || Date.now() - checkedAt > 1000) {
          taskQueue ??= await queueOf(server, run);
          checkedAt = Date.now();
          if (taskQueue !== null) await session.workerOf(taskQueue);
        }
        return server;
      },
      mend: () => mend(session, taskQueue),
      signal: session.signal,
      now: Date.now,
      sleep: (ms) => sleep(ms, session.signal),
      patienceMs: patienceMs(session.environment),
      beyondWaiting: session.interactive,
    },
    (look) => {
      taskQueue = look.taskQueue;
      lastSight = look;
      const step = busyStep(look);
      follower.show(look, step === null ? null : tail.of(step));
    },
  );
  return end(session, follower, run, followed, lastSight);
}

function end(
  session: Session,
  follower: Follower,
  run: string,
  followed: Followed,
  last: Look | null,
): number {
  const look = followed.look ?? last;
  if (look !== null) follower.finish(look, followed.how);
  if (followed.how === 'ended') {
    forgetOpen(session.state, run);
    return exitOfRun(followed.look.record);
  }
  if (followed.how === 'waiting') return exits.waiting;
  if (followed.how === 'lost') throw followed.error;
  if (session.flags.json !== true && session.flags.quiet !== true) {
    session.err.lines([
      blank,
      line(`Left the view; the run goes on. Come back with: runbook watch ${run}`),
    ]);
  }
  return exits.interrupted;
}
