import { milliseconds } from '../../core/duration.js';
import { PermanentError } from '../../core/errors.js';
import { textOption, type CommandModule, type Options } from '../command.js';
import { exits } from '../exit.js';
import type { Session } from '../session.js';
import { line } from '../view/line.js';

/** The longest that a person may hold a lease without saying so again, ms. */
const longestMs = 30 * 24 * 3600 * 1000;

function timeOf(options: Options): number {
  const text = textOption(options, 'for') ?? '';
  let ms: number;
  try {
    ms = milliseconds(text);
  } catch (error) {
    throw new PermanentError('usage', `--for: ${(error as Error).message}`);
  }
  if (ms >= 1000 && ms <= longestMs) return ms;
  throw new PermanentError('usage', `--for ${text}: from 1s to 30d`);
}

async function giveBack(session: Session, resource: string): Promise<void> {
  const { endHold } = await import('../server/hold.js');
  const server = await session.server();
  await session.worker();
  if (!(await endHold(server, resource, session.user))) {
    throw new PermanentError('not-found', `${session.user} does not hold ${resource}`, {
      hint: 'runbook leases shows who holds what',
    });
  }
}

export const command: CommandModule = {
  configure(command) {
    command
      .argument('<lease>', 'name of the lease, such as host/k8s-w0')
      .option('--for <duration>', 'how long, such as 2h; then it is given back by itself')
      .option('--reason <text>', 'why: shown to everybody who wants it')
      .option('--end', 'give it back now')
      .addHelpText(
        'after',
        '\nKeeps runs away from something while you work on it by hand: they are refused, or queue with --wait.\nHolding it again sets the end and the reason anew.',
      );
  },
  async run(session, [resource = ''], options) {
    if (options['end'] === true) {
      await giveBack(session, resource);
      if (session.flags.json === true) session.out.json({ resource, holder: null });
      else session.out.lines([line(`Gave ${resource} back.`)]);
      return exits.done;
    }
    const reason = textOption(options, 'reason')?.trim() ?? '';
    if (textOption(options, 'for') === undefined || reason === '') {
      throw new PermanentError('usage', 'to hold a lease takes a time and a reason', {
        hint: `runbook hold ${resource} --for 2h --reason "…"`,
      });
    }
    const ms = timeOf(options);
    const { hold } = await import('../server/hold.js');
    const server = await session.server();
    await session.worker();
    const { taskQueue } = await session.project();
    const holder = await hold(server, taskQueue, { resource, user: session.user, reason, ms });
    if (session.flags.json === true) session.out.json({ resource, holder });
    else {
      const until = holder.until ?? '';
      session.out.lines([
        line(
          `${session.user} holds ${resource} until ${until.slice(0, 19).replace('T', ' ')} UTC.`,
        ),
      ]);
    }
    return exits.done;
  },
};
