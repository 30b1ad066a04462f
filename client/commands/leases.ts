import type { CommandModule } from '../command.js';
import { exits } from '../exit.js';
import { leasesView } from '../view/leases.js';
import { line } from '../view/line.js';

export const command: CommandModule = {
  configure() {},
  async run(session) {
    const { listLeases } = await import('../server/leases.js');
    const leases = await listLeases(await session.server());
    if (session.flags.json === true) session.out.json(leases);
    else if (leases.length === 0) session.out.lines([line('Nobody holds a lease.', 'dim')]);
    else session.out.lines(leasesView(leases, session.screen));
    return exits.done;
  },
};
