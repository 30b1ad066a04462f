import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isRunbookError, PermanentError, RunbookError } from '../../core/errors.js';
import { localExits, localPlaces, type LocalOrder, type LocalRun } from '../../core/local.js';
import type { Failure } from '../../core/record.js';
import { readJson, writeJson } from '../embedded/json-file.js';
import { withLock } from '../embedded/lock.js';
import { isRunning, mark, type ProcessMark } from '../embedded/process.js';
import { lastWords } from '../embedded/spawn.js';
import type { Session } from '../session.js';

/** The process that works at a run; null where none does. */
export function processOf(state: string, run: string): ProcessMark | null {
  const found = readJson(localPlaces(state, run).process) as ProcessMark | null;
  return found !== null && isRunning(found) ? found : null;
}

/** A process that was started from here. */
export interface LocalProcess {
  readonly pid: number;
  /** Settles when it has ended; with what went wrong, or null. */
  readonly ended: Promise<RunbookError | null>;
  /** What it has printed, whole lines, once it has ended. */
  printed(): string;
  /** Asks it to stop at a safe point. */
  stop(): void;
}

function killed(run: string, signal: string): RunbookError {
  return new RunbookError('worker-unavailable', `the process of ${run} was ended by ${signal}`, {
    hint: `nothing is forgotten; go on with: runbook resume ${run}`,
  });
}

/** What the process says of its own end, at the end of its log. */
function fault(log: string, from: number, code: number | null): RunbookError {
  const said = readFileSync(log, 'utf8').slice(from);
  for (const line of said.split('\n').toReversed()) {
    try {
      const { failure } = JSON.parse(line) as { failure?: Failure };
      if (failure === undefined) continue;
      const error = { ...failure, hint: failure.hint ?? undefined };
      if (isRunbookError(error))
        return new PermanentError(
          error.code,
          failure.message,
          failure.hint === null ? {} : { hint: failure.hint },
        );
    } catch {
      // A line of another kind, such as of a stack.
    }
  }
  const last = lastWords(log);
  return new PermanentError(
    'internal',
    `the process of the run ended with exit code ${code}${last === '' ? '' : `: ${last}`}`,
    {
      hint: `see ${log}`,
    },
  );
}

function start(session: Session, about: LocalRun, order: LocalOrder): LocalProcess {
  const { folder, log } = localPlaces(session.state, about.run);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const file = openSync(log, 'a', 0o600);
  const from = readFileSync(log, 'utf8').length;
  const child = spawn(
    process.execPath,
    [
      join(session.package, 'dist', 'worker', 'local', 'main.js'),
      '--project',
      about.project,
      '--run',
      about.run,
    ],
    {
      // Ctrl-C is for us alone: we ask it to stop at a safe point.
      detached: true,
      stdio: ['pipe', 'pipe', file],
      cwd: about.project,
      env: {
        ...session.environment,
        RUNBOOK_STATE_DIR: session.state,
        RUNBOOK_CACHE_DIR: session.cache,
      },
    },
  );
  closeSync(file);
  let printed = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (printed += text));
  // One that has died already does not read what it is told.
  child.stdin?.on('error', () => undefined);
  const ended = new Promise<RunbookError | null>((resolve) => {
    child.once('error', (error) => resolve(new PermanentError('internal', error.message)));
    child.once('close', (code, signal) => {
      if (code === localExits.done) resolve(null);
      else if (signal !== null) resolve(killed(about.run, signal));
      else resolve(fault(log, from, code));
    });
  });
  const { pid } = child;
  // A second Ctrl-C ends us at once, and it with us: the journal knows how to go on.
  const kill = (): void => void child.kill('SIGKILL');
  process.once('exit', kill);
  child.once('close', () => process.removeListener('exit', kill));
  const own = pid === undefined ? null : mark(pid);
  // Noted before it begins: nobody starts a second one beside it.
  if (own !== null && order.task === 'run')
    writeJson(localPlaces(session.state, about.run).process, own);
  child.stdin?.write(`${JSON.stringify(order)}\n`);
  return { pid: pid ?? 0, ended, printed: () => printed, stop: () => void child.stdin?.end() };
}

/** Starts a process that works at a run. @throws PermanentError `not-waiting` where another one does */
export async function launch(
  session: Session,
  about: LocalRun,
  order: LocalOrder,
): Promise<LocalProcess> {
  const { lock } = localPlaces(session.state, about.run);
  return withLock(lock, async () => {
    const other = processOf(session.state, about.run);
    if (other === null) return start(session, about, order);
    throw new PermanentError('not-waiting', `process ${other.pid} works at ${about.run} already`, {
      hint: `runbook watch ${about.run}`,
    });
  });
}

/** Starts a process that has nothing to do with any run. */
export function launchAside(session: Session, about: LocalRun, order: LocalOrder): LocalProcess {
  return start(session, about, order);
}
