import { RunbookError } from '../../core/errors.js';
import { runningServer } from '../embedded/server.js';
import { runningWorker } from '../embedded/worker.js';
import type { Session } from '../session.js';
import { broken, note, ok, type Check } from './check.js';

function failed(name: string, error: unknown): Check {
  if (!(error instanceof RunbookError)) throw error;
  return broken(name, error.message, error.hint ?? 'runbook dev start');
}

/** Whether the server answers. One of ours that does not run is no fault: it starts when it is needed. */
export async function serverCheck(session: Session): Promise<Check> {
  const endpoint = await session.endpoint();
  if (endpoint.kind === 'embedded' && runningServer(session.state) === null)
    return ok('server', 'not running; it starts with the first command that needs it');
  try {
    const server = await session.server();
    const { within } = await import('../server/connection.js');
    const info = await within(server, 5000, () =>
      server.connection.workflowService.getSystemInfo({}),
    );
    return ok(
      'server',
      `Temporal ${info.serverVersion ?? '?'} at ${server.address}, namespace ${server.namespace}`,
    );
  } catch (error) {
    return failed('server', error);
  }
}

/** Whether somebody works for the project. */
export async function workerCheck(session: Session): Promise<Check> {
  const endpoint = await session.endpoint();
  if (endpoint.kind === 'embedded') {
    const worker = runningWorker(session.projectState);
    return worker === null
      ? ok('worker', 'not running; it starts with the first command that needs it')
      : ok('worker', `process ${worker.process.pid}, ${worker.taskQueue}`);
  }
  try {
    const { pollersOf } = await import('../server/pollers.js');
    const { taskQueue } = await session.project();
    const pollers = await pollersOf(await session.server(), taskQueue);
    return pollers.length === 0
      ? broken('worker', `nobody serves task queue ${taskQueue}`, 'start one: runbook worker')
      : ok('worker', `${pollers.length} on ${taskQueue}`);
  } catch (error) {
    return failed('worker', error);
  }
}

/** Runs that wait for somebody, and what ended runs have left changed. */
export async function runsCheck(session: Session): Promise<Check[]> {
  const endpoint = await session.endpoint();
  if (endpoint.kind === 'embedded' && runningServer(session.state) === null) return [];
  try {
    const { listRuns } = await import('../server/runs.js');
    const filter = {
      state: ['parked', 'waiting', 'paused'],
      runbook: null,
      target: null,
      user: null,
      since: null,
      limit: 20,
    };
    const waiting = (await listRuns(await session.server(), filter)).filter(
      (run) => run.endedAt === null,
    );
    if (waiting.length === 0) return [ok('runs', 'none waits for a person')];
    return waiting.map(({ run, state }) =>
      note(
        'runs',
        `${run} is ${state}`,
        `runbook status ${run} shows what it has changed, and the ways on`,
      ),
    );
  } catch (error) {
    return [failed('runs', error)];
  }
}
