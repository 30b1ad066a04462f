import { relative } from 'node:path';
import type { LoadedRunbook } from '../../core/definition/loader.js';
import type { Problem } from '../../core/definition/problem.js';
import type { CommandModule } from '../command.js';
import { exits } from '../exit.js';
import { findRunbook, problemsOf, runbookFiles } from '../library.js';
import { rememberNames } from '../remember.js';
import type { Session } from '../session.js';
import { problemLines, verdictLine } from '../view/problems.js';

/** What was found in one file. */
interface Checked {
  readonly file: string;
  readonly runbook: string | null;
  readonly problems: readonly Problem[];
}

async function check(session: Session, name: string, loaded: LoadedRunbook[]): Promise<Checked[]> {
  const { ProblemsError } = await import('../../core/definition/loader.js');
  try {
    const found = await findRunbook(session, name);
    loaded.push(found);
    const problems = await problemsOf(session, found);
    return [{ file: found.source.file, runbook: found.runbook.name, problems }];
  } catch (error) {
    if (!(error instanceof ProblemsError)) throw error;
    const files = [...new Set(error.problems.map(({ file }) => file))];
    return files.map((file) => ({
      file,
      runbook: null,
      problems: error.problems.filter((problem) => problem.file === file),
    }));
  }
}

/** The project's own runbooks; where it has none, as a lab, those of the package against its inventory. */
async function ownRunbooks(session: Session): Promise<string[]> {
  const files = [...(await runbookFiles(session)).values()];
  const packaged = session.files.resolve(session.package, 'runbooks');
  const own = files.filter((file) => !file.startsWith(`${packaged}/`));
  return own.length > 0 || !session.folder.found ? own : files;
}

/** Paths as the reader would type them. */
function near(session: Session, problem: Problem): Problem {
  const path = relative(session.cwd, problem.file);
  return path.startsWith('..') ? problem : { ...problem, file: path };
}

export const command: CommandModule = {
  configure(command) {
    command.argument('[runbook...]', 'names or files; every runbook of the project unless told');
  },
  async run(session, names) {
    const loaded: LoadedRunbook[] = [];
    const wanted = names.length > 0 ? names : await ownRunbooks(session);
    const files: Checked[] = [];
    for (const name of wanted) files.push(...(await check(session, name, loaded)));
    await rememberNames(session, loaded);
    const problems = files.flatMap((file) => file.problems).map((one) => near(session, one));
    if (session.flags.json === true) {
      session.out.json({ ok: problems.length === 0, files });
    } else {
      session.out.lines(problemLines(problems));
      session.out.lines([verdictLine(files.length, problems.length, session.glyphs)]);
    }
    return problems.length === 0 ? exits.done : exits.failed;
  },
};
