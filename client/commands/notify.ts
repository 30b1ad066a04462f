import type { Receiver } from '../../core/definition/notify.js';
import { PermanentError } from '../../core/errors.js';
import { visibleText } from '../../core/run/log.js';
import { testNotification } from '../../core/run/notification.js';
import type { CommandModule } from '../command.js';
import { exits } from '../exit.js';
import type { Session } from '../session.js';
import { line, span, type Line } from '../view/line.js';

/** The receivers that are meant. @throws PermanentError `not-found`, `usage` */
async function wanted(session: Session, id: string | undefined): Promise<readonly Receiver[]> {
  const { notify = [] } = (await session.project()).file;
  if (notify.length === 0) {
    throw new PermanentError('not-found', 'nobody is told of runs in this project', {
      hint: 'name receivers under notify: in runbook.yaml',
    });
  }
  if (id === undefined) return notify;
  const found = notify.filter((receiver) => receiver.id === id);
  if (found.length > 0) return found;
  const { didYouMean } = await import('../../core/definition/nearest.js');
  const names = notify.map((receiver) => receiver.id);
  throw new PermanentError('not-found', `there is no receiver '${id}'`, {
    hint: didYouMean(id, names) ?? `there are ${names.join(', ')}`,
  });
}

export const command: CommandModule = {
  configure(command) {
    command
      .argument('<what>', 'test')
      .argument('[receiver]', 'id of a receiver; all of them unless told')
      .addHelpText(
        'after',
        '\nThe event is sent by the worker, as every other is, and tried once. Exit code 1 where one did not arrive.',
      );
  },
  async run(session, [what = '', id]) {
    if (what !== 'test') throw new PermanentError('usage', `notify takes test, not '${what}'`);
    const receivers = await wanted(session, id);
    const server = await session.server();
    await session.worker();
    const { name, taskQueue } = await session.project();
    const now = new Date().toISOString();
    const run = `test-${now.replace(/\D/g, '')}-${process.pid}`;
    const event = testNotification(run, name, session.user, now);
    const { deliverOnce } = await import('../server/notify.js');
    const outcomes = await Promise.all(
      receivers.map((one) => deliverOnce(server, taskQueue, event, one, session.signal)),
    );
    if (session.flags.json === true) session.out.json(outcomes);
    else {
      session.out.lines(
        outcomes.map(({ receiver, delivered, why }): Line => {
          if (delivered)
            return [span(session.glyphs.done, 'good'), span(` ${receiver} has taken it`)];
          return [
            span(session.glyphs.failed, 'bad'),
            span(` ${receiver} has not: ${visibleText(why ?? '')}`),
          ];
        }),
      );
      if (outcomes.some(({ delivered }) => !delivered))
        session.err.lines([line('docs/errors/not-delivered.md', 'dim')]);
    }
    return outcomes.every(({ delivered }) => delivered) ? exits.done : exits.failed;
  },
};
