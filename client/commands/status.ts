import type { CommandModule } from '../command.js';
import { exitOfRun, exits } from '../exit.js';
import { findRun, type FoundRun } from '../find-run.js';
import { lookLocally, lookLocallyOnce } from '../local/look.js';
import { localRuns } from '../local/runs.js';
import type { Session } from '../session.js';
import { openTail } from '../state/tail.js';
import { forgetOpen } from '../state/open.js';
import { line } from '../view/line.js';
import type { Sight } from '../view/live.js';
import { runView } from '../view/run.js';
import { runsView } from '../view/runs.js';

/** Looks at a run: in the archive where it has ended, else at the server and its worker. */
export async function lookOnce(
  session: Session,
  { run, archived, local }: FoundRun,
): Promise<Sight> {
  if (archived !== null) return { record: archived, notes: {}, trouble: null };
  if (local !== null) return lookLocallyOnce(session, local.run, run);
  const { describe, lookAt } = await import('../server/look.js');
  const server = await session.server();
  const { taskQueue, status } = await describe(server, run);
  if (status.name === 'RUNNING') await session.workerOf(taskQueue);
  const look = await lookAt(server, run, null);
  if (!look.open) forgetOpen(session.state, run);
  return look;
}

/** Open runs, for `status` without a run. */
async function showOpen(session: Session): Promise<number> {
  const { listRuns, summaryOfRecord } = await import('../server/runs.js');
  const { openStates } = await import('../../core/run/outcome.js');
  const filter = {
    state: [...openStates],
    runbook: null,
    target: null,
    user: null,
    since: null,
    limit: 100,
  };
  const open = (await listRuns(await session.server(), filter)).filter(
    (run) => run.endedAt === null,
  );
  for (const { run } of localRuns(session.state)) {
    const look = lookLocally(session, run);
    if (look !== null) open.push(summaryOfRecord(look.record));
  }
  if (session.flags.json === true) session.out.json(open);
  else if (open.length === 0)
    session.out.lines([line('No run is open. runbook runs lists the ended ones.', 'dim')]);
  else session.out.lines(runsView(open, session.screen));
  return exits.done;
}

export const command: CommandModule = {
  configure(command) {
    command
      .argument(
        '[run]',
        'id of the run, its beginning, or latest; open runs are listed where it is left out',
      )
      .addHelpText(
        'after',
        '\nExit code by state: 0 going on or succeeded, 1 refused, 3 parked or waiting, 4 undone, stopped or cancelled.',
      );
  },
  async run(session, [name]) {
    if (name === undefined) return showOpen(session);
    const found = await findRun(session, name);
    const sight = await lookOnce(session, found);
    if (session.flags.json === true) {
      session.out.json(sight.record);
    } else {
      const busy = sight.record.steps.findLast(
        (step) => step.phase !== null && step.outcome === null,
      );
      const tail = busy === undefined ? null : openTail(session.state, found.run).of(busy.path);
      session.out.lines(runView(sight, { ...session.screen, rows: null, tail }));
    }
    return exitOfRun(sight.record);
  },
};
