import { PermanentError } from '../../core/errors.js';
import { textOption, type CommandModule, type Options } from '../command.js';
import { exits } from '../exit.js';
import { findRun } from '../find-run.js';
import type { Session } from '../session.js';
import { evidenceOf } from '../state/evidence.js';
import { lookOnce } from './status.js';

const formats = ['markdown', 'html', 'json'] as const;
type Format = (typeof formats)[number];

function formatOf(session: Session, options: Options): Format {
  const wanted = textOption(options, 'format');
  if (wanted === undefined) return session.flags.json === true ? 'json' : 'markdown';
  const format = formats.find((one) => one === wanted);
  if (format === undefined)
    throw new PermanentError('usage', `--format: there is no '${wanted}'`, {
      hint: formats.join(', '),
    });
  if (session.flags.json === true && format !== 'json')
    throw new PermanentError('usage', `--json and --format ${format} are two different things`);
  return format;
}

export const command: CommandModule = {
  configure(command) {
    command
      .argument('<run>', 'id of the run, its beginning, or latest')
      .option('--format <format>', formats.join(', '))
      .option('--summary', 'without the timeline, and without the commands one by one')
      .addHelpText(
        'after',
        '\nMarkdown unless told otherwise. HTML is one page that needs nothing else. Times are UTC.',
      );
  },
  async run(session, [name], options) {
    const format = formatOf(session, options);
    const summary = options['summary'] === true;
    if (summary && format === 'json')
      throw new PermanentError('usage', '--summary is for people: JSON has everything');
    const found = await findRun(session, name ?? '');
    const { record } = await lookOnce(session, found);
    const evidence = await evidenceOf(session.state, found.run);
    if (format === 'json') {
      session.out.json({ record, ...evidence });
      return exits.done;
    }
    const { reportOf } = await import('../view/report/model.js');
    const report = reportOf(record, evidence, summary);
    if (format === 'html') {
      const { reportHtml } = await import('../view/report/html.js');
      session.out.text(reportHtml(report));
    } else {
      const { reportMarkdown } = await import('../view/report/markdown.js');
      session.out.text(reportMarkdown(report));
    }
    return exits.done;
  },
};
