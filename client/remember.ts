import type { LoadedRunbook } from '../core/definition/loader.js';
import { kebab } from './inputs/flags.js';
import { runbookFiles } from './library.js';
import type { Session } from './session.js';
import { rememberProject } from './state/names.js';

/** Keeps the project's names for completion. Without a place to write to, completion knows less; nothing else does. */
export async function rememberNames(
  session: Session,
  loaded: readonly LoadedRunbook[],
): Promise<void> {
  const project = await session.project();
  const flags = loaded.map(
    ({ runbook }) =>
      [
        runbook.name,
        Object.keys(runbook.inputs ?? {}).map((input) => `--${kebab(input)}`),
      ] as const,
  );
  try {
    rememberProject(session.state, session.folder.path, {
      runbooks: [...(await runbookFiles(session)).keys()],
      targets: [
        ...Object.keys(project.inventory.hosts),
        ...Object.keys(project.inventory.clusters),
      ],
      flags: Object.fromEntries(flags),
    });
  } catch (error) {
    session.progress.say(`warning: names for completion cannot be kept: ${String(error)}`);
  }
}
