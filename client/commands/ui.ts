import { spawn } from 'node:child_process';
import { PermanentError } from '../../core/errors.js';
import type { CommandModule } from '../command.js';
import { exits } from '../exit.js';
import { findRun } from '../find-run.js';
import { runAddress } from '../server/connection.js';

/** Opens an address in the browser of this desktop, if there is one. */
function open(address: string): Promise<boolean> {
  const program = process.platform === 'darwin' ? 'open' : 'xdg-open';
  return new Promise((resolve) => {
    const child = spawn(program, [address], { stdio: 'ignore', detached: true });
    child.once('error', () => resolve(false));
    child.once('spawn', () => {
      child.unref();
      resolve(true);
    });
  });
}

export const command: CommandModule = {
  configure(command) {
    command
      .argument('[run]', 'a run, to go straight to it')
      .option('--open', 'open it in the browser');
  },
  async run(session, [name], options) {
    const server = await session.server();
    if (server.ui === null) {
      throw new PermanentError('not-found', `the Web UI of ${server.address} is not known`, {
        hint: 'name it: RUNBOOK_UI_URL=https://…',
      });
    }
    const run = name === undefined ? null : (await findRun(session, name)).run;
    const address =
      run === null
        ? `${server.ui}/namespaces/${encodeURIComponent(server.namespace)}/workflows`
        : (runAddress(server, run) ?? server.ui);
    if (session.flags.json === true) session.out.json({ address });
    else session.out.text(address);
    if (options['open'] === true && !(await open(address)))
      throw new PermanentError('tool-missing', 'there is no program to open a browser with', {
        hint: `open it yourself: ${address}`,
      });
    return exits.done;
  },
};
