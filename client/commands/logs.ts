import { existsSync } from 'node:fs';
import { PermanentError } from '../../core/errors.js';
import { belongs, type LogEntry } from '../../core/run/log.js';
import { textOption, type CommandModule } from '../command.js';
import { exits } from '../exit.js';
import { findRun } from '../find-run.js';
import { processOf } from '../local/process.js';
import { localRun } from '../local/runs.js';
import type { Session } from '../session.js';
import { Appended, logFiles, readLog } from '../state/log-files.js';
import { line } from '../view/line.js';
import { logLines, type LogScreen } from '../view/log.js';

/** How often a log that is followed is looked at, ms. */
const everyMs = 200;
/** How often it is asked whether its run still goes on, ms. */
const askMs = 2000;

function show(session: Session, entry: LogEntry, screen: LogScreen): void {
  if (session.flags.json === true) session.out.json(entry, 'line');
  else session.out.lines(logLines(entry, screen));
}

/** A reader that is slower than the log makes us wait, not fill the memory. */
async function drained(): Promise<void> {
  if (process.stdout.writableNeedDrain)
    await new Promise<void>((resolve) => process.stdout.once('drain', resolve));
}

async function hasEnded(session: Session, run: string): Promise<boolean> {
  if (session.archive.find(run) !== null) return true;
  if (localRun(session.state, run) !== null) return processOf(session.state, run) === null;
  const { describe } = await import('../server/look.js');
  try {
    return (await describe(await session.server(), run)).status.name !== 'RUNNING';
  } catch {
    // The server is away: whether the run goes on cannot be said now.
    return false;
  }
}

async function followLog(
  session: Session,
  run: string,
  step: string | null,
  screen: LogScreen,
  skip: ReadonlyMap<string, number>,
): Promise<void> {
  const readers = new Map<string, Appended>();
  let askedAt = Date.now();
  let ended = false;
  for (;;) {
    let found = false;
    for (const path of logFiles(session.state, run)) {
      let reader = readers.get(path);
      if (reader === undefined) {
        reader = new Appended(path, null);
        readers.set(path, reader);
      }
      for (const entry of await reader.entries()) {
        found = true;
        if (entry.seq > (skip.get(path) ?? 0) && belongs(entry, step)) show(session, entry, screen);
      }
      await drained();
    }
    if (session.signal.aborted || (ended && !found)) return;
    if (!found && Date.now() - askedAt > askMs) {
      askedAt = Date.now();
      ended = await hasEnded(session, run);
    }
    if (!found) await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}

export const command: CommandModule = {
  configure(command) {
    command
      .argument('<run>', 'id of the run, its beginning, or latest')
      .argument('[step]', 'path of a step; with all its targets and inner steps')
      .option('-f, --follow', 'go on until the run ends')
      .option('-n, --tail <n>', 'only the last entries')
      .option(
        '--full',
        'commands as they could be pasted, with the scripts that actions bring along',
      );
  },
  async run(session, [name, step = null], options) {
    const run = existsSync(logFiles(session.state, name ?? '')[0] ?? '')
      ? (name ?? '')
      : (await findRun(session, name ?? '')).run;
    const screen: LogScreen = {
      glyphs: session.glyphs,
      clock: session.screen.clock,
      full: options['full'] === true,
      single: step !== null && !options['follow'],
    };
    const tail = textOption(options, 'tail');
    if (tail !== undefined && !/^\d+$/.test(tail))
      throw new PermanentError('usage', `--tail takes a number, not '${tail}'`);
    if (options['follow'] === true && tail === undefined) {
      await followLog(session, run, step, screen, new Map());
      return exits.done;
    }
    const last: LogEntry[] = [];
    let shown = 0;
    for await (const entry of readLog(session.state, run)) {
      if (!belongs(entry, step)) continue;
      shown += 1;
      if (tail === undefined) {
        show(session, entry, screen);
        await drained();
      } else {
        last.push(entry);
        if (last.length > Number(tail)) last.shift();
      }
    }
    for (const entry of last) show(session, entry, screen);
    if (options['follow'] === true) {
      const { lastNumbers } = await import('../state/log-files.js');
      await followLog(session, run, step, screen, await lastNumbers(session.state, run));
    } else if (shown === 0) {
      session.err.lines([
        line(
          logFiles(session.state, run).length === 0
            ? `The log of ${run} is not on this machine, or nothing was run yet.`
            : `No command was run${step === null ? '' : ` by step ${step}`}.`,
          'dim',
        ),
      ]);
    }
    return exits.done;
  },
};
