import { PermanentError } from '../../core/errors.js';
import { isHold } from '../../core/run/lease.js';
import { textOption, type CommandModule, type Options } from '../command.js';
import { exits } from '../exit.js';
import type { Session } from '../session.js';
import { leasesView } from '../view/leases.js';
import { line } from '../view/line.js';

async function list(session: Session): Promise<number> {
  const { listLeases } = await import('../server/leases.js');
  const leases = await listLeases(await session.server());
  if (session.flags.json === true) session.out.json(leases);
  else if (leases.length === 0) session.out.lines([line('Nobody holds a lease.', 'dim')]);
  else session.out.lines(leasesView(leases, session.screen));
  return exits.done;
}

async function breakOne(session: Session, resource: string, options: Options): Promise<number> {
  const reason = textOption(options, 'reason')?.trim() ?? '';
  if (resource === '' || reason === '') {
    throw new PermanentError('usage', 'to break a lease takes its name and a reason', {
      hint: 'runbook leases break host/k8s-w0 --reason "…"',
    });
  }
  const { breakLease } = await import('../server/break-lease.js');
  const server = await session.server();
  await session.worker();
  const run = textOption(options, 'run') ?? null;
  const holder = await breakLease(server, { resource, run, by: session.user, reason });
  if (session.flags.json === true) session.out.json({ resource, holder });
  else {
    const next = isHold(holder)
      ? ''
      : ` The run pauses; \`runbook resume ${holder.run}\` takes it again.`;
    session.out.lines([
      line(`Took ${resource} from ${isHold(holder) ? holder.user : holder.run}.${next}`),
    ]);
  }
  return exits.done;
}

export const command: CommandModule = {
  configure(command) {
    command
      .argument('[what]', 'list, or break: take a lease from its holder', 'list')
      .argument('[lease]', 'break: name of the lease, such as host/k8s-w0')
      .option('--run <run>', 'break: which of those that share it')
      .option('--reason <text>', 'break: why; the run shows it')
      .addHelpText(
        'after',
        '\nA run whose lease is broken pauses before its next step. What it is just doing is refused, and stopped,' +
          '\non a target that the next holder of the lease has come to. It takes the lease again when it is resumed.',
      );
  },
  async run(session, [what = 'list', resource = ''], options) {
    switch (what) {
      case 'list':
        return list(session);
      case 'break':
        return breakOne(session, resource, options);
      default:
        throw new PermanentError('usage', `leases takes list or break, not '${what}'`);
    }
  },
};
