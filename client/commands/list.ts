import { relative } from 'node:path';
import type { LoadedRunbook } from '../../core/definition/loader.js';
import type { CommandModule } from '../command.js';
import { exits } from '../exit.js';
import { runbookFiles } from '../library.js';
import { rememberNames } from '../remember.js';
import { span } from '../view/line.js';
import { table } from '../view/table.js';
import { line } from '../view/line.js';

interface Row {
  readonly name: string;
  readonly title: string | null;
  readonly description: string | null;
  readonly source: 'project' | 'package';
  readonly file: string;
  readonly problems: number;
}

export const command: CommandModule = {
  configure() {},
  async run(session) {
    const { readRunbook, ProblemsError } = await import('../../core/definition/loader.js');
    const project = await session.project();
    const loaded: LoadedRunbook[] = [];
    const packaged = session.files.resolve(session.package, 'runbooks');
    const rows = [...(await runbookFiles(session))].map(([name, file]): Row => {
      const source = file.startsWith(`${packaged}/`) ? 'package' : 'project';
      const nothing = { name, title: null, description: null, source, file } as const;
      try {
        const found = readRunbook(session.files, file);
        loaded.push(found);
        const { title, description } = found.runbook;
        return { ...nothing, title: title ?? null, description: description ?? null, problems: 0 };
      } catch (error) {
        if (!(error instanceof ProblemsError)) throw error;
        return { ...nothing, problems: error.problems.length };
      }
    });
    await rememberNames(session, loaded);
    if (session.flags.json === true) {
      session.out.json(rows);
      return exits.done;
    }
    if (rows.length === 0) {
      session.out.lines([
        line(`No runbooks in ${project.runbookFolders.join(', ')}.`, 'dim'),
        line('runbook init makes a project with a first one.', 'dim'),
      ]);
      return exits.done;
    }
    session.out.lines(
      table(
        rows,
        [
          { title: 'RUNBOOK', cell: (row) => row.name },
          {
            title: 'FROM',
            cell: (row) =>
              span(row.source === 'package' ? 'runbook' : relative(session.cwd, row.file), 'dim'),
            max: 32,
          },
          {
            title: 'TITLE',
            cell: (row) =>
              row.problems > 0
                ? span(`${row.problems} problems: runbook validate ${row.name}`, 'bad')
                : (row.title ?? ''),
          },
        ],
        session.out.columns,
      ),
    );
    return exits.done;
  },
};
