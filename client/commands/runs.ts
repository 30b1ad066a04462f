import { runStates } from '../../core/run/outcome.js';
import { PermanentError } from '../../core/errors.js';
import { collect, listOption, textOption, type CommandModule, type Options } from '../command.js';
import { exits } from '../exit.js';
import { momentSince } from '../since.js';
import { lookLocally } from '../local/look.js';
import { localRuns } from '../local/runs.js';
import type { RunFilter } from '../server/runs.js';
import { rememberRuns } from '../state/names.js';
import { line } from '../view/line.js';
import { runsView } from '../view/runs.js';

function filterOf(options: Options): RunFilter {
  const states = listOption(options, 'state').flatMap((text) => text.split(','));
  for (const state of states) {
    if (!(runStates as readonly string[]).includes(state))
      throw new PermanentError('usage', `--state '${state}' is not a state of a run`, {
        hint: runStates.join(', '),
      });
  }
  const limit = Number(textOption(options, 'limit') ?? 50);
  if (!Number.isInteger(limit) || limit < 1)
    throw new PermanentError('usage', '--limit takes a number of runs');
  const since = textOption(options, 'since');
  return {
    state: states,
    runbook: textOption(options, 'runbook') ?? null,
    target: textOption(options, 'target') ?? null,
    user: textOption(options, 'user') ?? null,
    since: since === undefined ? null : momentSince(since),
    limit,
  };
}

export const command: CommandModule = {
  configure(command) {
    command
      .option('--state <state>', 'only runs in this state; may be repeated', collect)
      .option('--runbook <name>', 'only runs of this runbook')
      .option('--target <name>', 'only runs that act on this target')
      .option('--user <name>', 'only runs that this person has started')
      .option('--since <time>', 'only runs begun since: 2d, 3h, 2026-11-24')
      .option('--limit <n>', 'at most so many', '50')
      .option('--local', 'only what is known here: ended runs, and those without the server');
  },
  async run(session, _args, options) {
    const { listRuns, matches, merged, summaryOfRecord } = await import('../server/runs.js');
    const filter = filterOf(options);
    const local = localRuns(session.state).flatMap(({ run }) => {
      const look = lookLocally(session, run);
      return look === null ? [] : [summaryOfRecord(look.record)];
    });
    const listed = options['local'] === true ? [] : await listRuns(await session.server(), filter);
    const live = [...listed, ...local.filter((run) => matches(run, filter))];
    const archived = session.archive
      .ids()
      .slice(0, filter.limit * 4)
      .map((id) => session.archive.find(id))
      .filter((record) => record !== null)
      .map(summaryOfRecord)
      .filter((run) => matches(run, filter));
    // The server's list is a moment behind: a run that the archive has ended is not what the server says.
    const runs = merged(live, archived, filter.limit).filter((run) => matches(run, filter));
    rememberRuns(
      session.state,
      runs.map(({ run }) => run),
    );
    if (session.flags.json === true) session.out.json(runs);
    else if (runs.length === 0)
      session.out.lines([line('No runs. runbook start begins one.', 'dim')]);
    else session.out.lines(runsView(runs, session.screen));
    return exits.done;
  },
};
