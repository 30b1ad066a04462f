import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { constants } from 'node:os';
import type { CommandModule } from '../command.js';
import { workerEnvironment } from '../embedded/worker.js';

export const command: CommandModule = {
  configure(command) {
    command.addHelpText(
      'after',
      '\nServes the project until it is told to stop (Ctrl-C, SIGTERM); run as many as wanted, with the' +
        '\nstandard Temporal configuration (TEMPORAL_ADDRESS, TEMPORAL_PROFILE, certificates, API key).',
    );
  },
  async run(session) {
    const endpoint = await session.endpoint();
    const project = await session.project();
    const env =
      endpoint.kind === 'configured'
        ? session.environment
        : workerEnvironment({
            environment: session.environment,
            address: (await session.server()).address,
            state: session.state,
            cache: session.cache,
          });
    await session.forgetServer();
    mkdirSync(project.folder, { recursive: true });
    const child = spawn(
      process.execPath,
      [join(session.package, 'dist', 'worker', 'main.js'), '--project', project.folder],
      { stdio: 'inherit', env },
    );
    // Ctrl-C reaches the worker too: it lets go of what it has in hand, which another one takes up, and we wait for it.
    const forward = (signal: NodeJS.Signals): void => {
      child.kill(signal);
    };
    process.on('SIGTERM', forward);
    process.on('SIGINT', () => undefined);
    return new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', (code, signal) =>
        resolve(code ?? (signal === null ? 1 : 128 + constants.signals[signal])),
      );
    });
  },
};
