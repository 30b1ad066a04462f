import { renameSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { PermanentError } from '../../core/errors.js';
import type { ExportContent } from '../../core/export.js';
import { textOption, type CommandModule } from '../command.js';
import { exits } from '../exit.js';
import { findRun } from '../find-run.js';
import type { Session } from '../session.js';
import { line } from '../view/line.js';

/** Writes a file, whole or not at all, that only its owner can read: logs tell much. */
function write(path: string, bytes: Buffer): void {
  const draft = `${path}.${process.pid}.tmp`;
  try {
    writeFileSync(draft, bytes, { mode: 0o600 });
    renameSync(draft, path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT' && code !== 'ENOTDIR') throw error;
    throw new PermanentError('usage', `--output ${path}: there is no such folder`);
  }
}

/** What is not in the file although it belongs to the run. */
function lacking({ record, definition, logs }: ExportContent): string[] {
  const left = logs.filter(({ text, base64 }) => text === undefined && base64 === undefined);
  return [
    ...(definition === null
      ? ['The runbook as it was run is not in it: nobody here has it any more.']
      : []),
    ...(logs.length === 0
      ? ['There is no log in it: none is on this machine. Export on the machine of the worker.']
      : []),
    ...left.map(({ name, bytes }) => `The log ${name} is not in it: ${bytes} bytes are too many.`),
    ...(record.children.length > 0
      ? [`Runs inside of it are files of their own: ${record.children.join(', ')}`]
      : []),
  ];
}

function tell(session: Session, file: string, bytes: Buffer, sha256: string, of: ExportContent) {
  const { run } = of.record;
  if (session.flags.json === true) {
    session.out.json({
      run,
      file,
      bytes: bytes.length,
      sha256,
      definition: of.definition !== null,
      logs: of.logs.map(({ name, bytes: size, sha256: sum, text, base64 }) => ({
        name,
        bytes: size,
        sha256: sum,
        included: text !== undefined || base64 !== undefined,
      })),
    });
  } else {
    session.out.lines([
      line(`Wrote ${run} to ${file}, ${bytes.length} bytes.`),
      line(`sha256 of its content: ${sha256}`, 'dim'),
    ]);
  }
}

export const command: CommandModule = {
  configure(command) {
    command
      .argument('<run>', 'id of the run, its beginning, or latest')
      .option('-o, --output <file>', 'where to write it; packed where the name ends in .gz')
      .addHelpText(
        'after',
        '\nOnly runs that have ended. JSON on standard output without --output.\nRecord, commands, logs, and the runbook as it was run; runbook import takes it in elsewhere.',
      );
  },
  async run(session, [name], options) {
    const { gather } = await import('../exported/gather.js');
    const { encode } = await import('../exported/document.js');
    const output = textOption(options, 'output');
    const content = await gather(session, await findRun(session, name ?? ''));
    const { bytes, sha256 } = encode(content, output?.endsWith('.gz') === true);
    if (output === undefined) session.out.text(bytes.toString('utf8').trimEnd());
    else {
      const file = resolve(session.cwd, output);
      write(file, bytes);
      tell(session, file, bytes, sha256, content);
    }
    if (session.flags.quiet !== true)
      session.err.lines(lacking(content).map((text) => line(text, 'warn')));
    return exits.done;
  },
};
