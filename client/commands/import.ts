import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { isRunbookError, PermanentError } from '../../core/errors.js';
import type { RunExport } from '../../core/export.js';
import type { CommandModule } from '../command.js';
import { exits } from '../exit.js';
import type { Kept } from '../exported/keep.js';
import type { Session } from '../session.js';
import { span } from '../view/line.js';

/** The bytes of a file; a pipe or a device could go on for ever. */
function bytesAt(path: string, most: number): Buffer {
  let file: number;
  try {
    // Without this flag, opening a pipe would wait for whoever writes into it.
    file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT' && code !== 'ENOTDIR' && code !== 'ENXIO') throw error;
    throw new PermanentError('usage', `there is no file ${path}`);
  }
  try {
    const about = fstatSync(file);
    if (!about.isFile()) throw new PermanentError('usage', `${path} is not a file`);
    if (about.size > most) {
      throw new PermanentError(
        'import-refused',
        `${path}: it has ${about.size} bytes; at most ${most} are read`,
      );
    }
    return readFileSync(file);
  } finally {
    closeSync(file);
  }
}

async function kept(session: Session, path: string): Promise<{ how: Kept; from: RunExport }> {
  const { decode, maxBytes } = await import('../exported/document.js');
  const { keep } = await import('../exported/keep.js');
  const bytes = bytesAt(path, maxBytes);
  try {
    const from = decode(bytes);
    return { how: keep(session.state, from.content), from };
  } catch (error) {
    if (!isRunbookError(error) || error.code !== 'import-refused') throw error;
    throw new PermanentError('import-refused', `${path}: ${error.message}`, {
      cause: error,
      ...(error.hint === undefined ? {} : { hint: error.hint }),
    });
  }
}

const words: Readonly<Record<Kept, string>> = {
  new: 'is here now',
  completed: 'was here; its logs are, too, now',
  same: 'is here already; there was nothing to do',
};

export const command: CommandModule = {
  configure(command) {
    command
      .argument('<file>', 'what runbook export has written')
      .addHelpText(
        'after',
        '\nRead again with runs, status, report, logs and diff. Nothing is run, and no server is needed.',
      );
  },
  async run(session, [file = '']) {
    const { how, from } = await kept(session, resolve(session.cwd, file));
    const { run, state } = from.content.record;
    if (session.flags.json === true)
      session.out.json({ run, state, kept: how, sha256: from.sha256 });
    else {
      session.out.lines([
        [
          span(`${session.glyphs.done} `, 'good'),
          span(`${run} (${state}) ${words[how]}`),
          span(`  runbook report ${run}`, 'dim'),
        ],
      ]);
    }
    return exits.done;
  },
};
