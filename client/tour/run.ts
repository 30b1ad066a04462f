import { spawn } from 'node:child_process';
import { mainPath } from '../system.js';

/** The environment of the tour: its own state, its own server, and no project but its own. */
export function tourEnvironment(
  environment: Readonly<Record<string, string | undefined>>,
  state: string,
  cache: string,
): Record<string, string | undefined> {
  const own = Object.fromEntries(
    Object.entries(environment).filter(
      ([name]) =>
        !name.startsWith('TEMPORAL_') &&
        !['RUNBOOK_PROJECT', 'RUNBOOK_TEMPORAL_PORT', 'RUNBOOK_UI_PORT'].includes(name),
    ),
  );
  return { ...own, RUNBOOK_STATE_DIR: state, RUNBOOK_CACHE_DIR: cache };
}

/** Runs a command line of our own, on this terminal but without its keyboard; answers the exit code. */
export function ownCommand(
  args: readonly string[],
  cwd: string,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [mainPath, ...args], {
      cwd,
      env: environment,
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    child.once('error', reject);
    child.once('close', (code) => resolve(code ?? 1));
  });
}
