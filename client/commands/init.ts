import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { PermanentError } from '../../core/errors.js';
import type { CommandModule } from '../command.js';
import { exits } from '../exit.js';
import { projectFiles } from '../project-files.js';
import { blank, line, span } from '../view/line.js';

/** A folder's name as the name of a project: lower case words with hyphens. */
export function projectName(folder: string): string {
  const words = basename(folder)
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '');
  const name = words.join('-').replace(/^[0-9-]+/, '');
  return name === '' ? 'my-project' : name;
}

export const command: CommandModule = {
  configure(command) {
    command
      .argument('[folder]', 'where to make it; made where it does not exist', '.')
      .addHelpText('after', '\nNothing that exists is overwritten.');
  },
  async run(session, [folder = '.']) {
    const root = resolve(session.cwd, folder);
    const files = projectFiles(projectName(root));
    const there = Object.keys(files).filter((path) => existsSync(join(root, path)));
    if (there.length > 0) {
      throw new PermanentError(
        'usage',
        `${root} has ${there.join(', ')} already; nothing was written`,
        { hint: 'choose another folder' },
      );
    }
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text, { flag: 'wx' });
    }
    if (session.flags.json === true) {
      session.out.json({ folder: root, files: Object.keys(files) });
      return exits.done;
    }
    const shown = relative(session.cwd, root);
    session.out.lines([
      ...Object.keys(files).map((path) => [
        span(`${session.glyphs.done} `, 'good'),
        span(join(shown, path)),
      ]),
      blank,
      ...(shown === '' ? [] : [line(`cd ${shown}`)]),
      line('runbook plan hello          # what would change'),
      line('runbook start hello         # do it, and watch'),
      line('runbook drift hello         # is it still so?'),
    ]);
    return exits.done;
  },
};
