import { PermanentError } from '../../core/errors.js';
import { projectStates } from '../embedded/places.js';
import { runningServer } from '../embedded/server.js';
import { stopEverything } from '../embedded/stop.js';
import { runningWorker } from '../embedded/worker.js';
import type { CommandModule } from '../command.js';
import { exits } from '../exit.js';
import type { Session } from '../session.js';
import { forgetOpen, openRuns } from '../state/open.js';
import { line } from '../view/line.js';
import { devView } from '../view/dev.js';

async function status(session: Session): Promise<number> {
  const server = runningServer(session.state);
  const worker = runningWorker(session.projectState);
  const json = {
    stateDir: session.state,
    server:
      server === null
        ? null
        : {
            pid: server.process.pid,
            address: server.address,
            ui: server.ui,
            version: server.version,
          },
    worker: worker === null ? null : { pid: worker.process.pid, taskQueue: worker.taskQueue },
  };
  if (session.flags.json === true) session.out.json(json);
  else {
    const workers = projectStates(session.state)
      .map(runningWorker)
      .filter((one) => one !== null);
    session.out.lines(devView(json, workers, session.screen));
  }
  return exits.done;
}

async function stop(session: Session): Promise<number> {
  session.progress.say('stopping');
  const { server, workers } = await stopEverything(session.state);
  session.progress.done();
  if (session.flags.json === true) session.out.json({ server, workers });
  else {
    const what = [
      ...(server ? ['the server'] : []),
      ...(workers > 0 ? [`${workers} ${workers === 1 ? 'worker' : 'workers'}`] : []),
    ];
    session.out.lines([
      line(
        what.length === 0
          ? 'Nothing was running.'
          : `Stopped ${what.join(' and ')}. Open runs go on after the next start.`,
      ),
    ]);
  }
  return exits.done;
}

async function start(session: Session, abandon: boolean): Promise<number> {
  const endpoint = await session.endpoint();
  if (endpoint.kind === 'configured') {
    throw new PermanentError('usage', 'a server is configured; there is none to start here', {
      hint: 'unset TEMPORAL_ADDRESS and TEMPORAL_PROFILE, or take server out of runbook.yaml',
    });
  }
  if (abandon) for (const { run } of openRuns(session.state)) forgetOpen(session.state, run);
  await session.worker();
  return status(session);
}

export const command: CommandModule = {
  configure(command) {
    command
      .argument('[what]', 'status, start or stop', 'status')
      .option('--abandon-runs', 'start: give up runs that are open on a server of another version')
      .addHelpText(
        'after',
        '\nServer and worker start by themselves when a command needs them, and outlive it.',
      );
  },
  async run(session, [what = 'status'], options) {
    switch (what) {
      case 'status':
        return status(session);
      case 'stop':
        return stop(session);
      case 'start':
        return start(session, options['abandonRuns'] === true);
      default:
        throw new PermanentError('usage', `dev takes status, start or stop, not '${what}'`);
    }
  },
};
