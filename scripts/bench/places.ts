import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Folder of the package. */
export const root = resolve(fileURLToPath(new URL('../../..', import.meta.url)));

/** The command line, as it is installed. */
export const cli = join(root, 'dist', 'client', 'main.js');

/** The environment of programs that are measured: a state folder of their own, and no configured server. */
export function environment(state: string): Record<string, string | undefined> {
  const own = Object.entries(process.env).filter(
    ([name]) => !name.startsWith('TEMPORAL_') && !name.startsWith('RUNBOOK_PROJECT'),
  );
  return { ...Object.fromEntries(own), RUNBOOK_STATE_DIR: state };
}

/** Writes a project, with its secrets by their names; answers its folder. */
export function makeProject(
  folder: string,
  inventory: string,
  runbooks: Readonly<Record<string, string>>,
  secrets: Readonly<Record<string, unknown>> = {},
): string {
  const project = join(folder, 'project');
  mkdirSync(join(project, 'runbooks'), { recursive: true });
  const file = { apiVersion: 'runbook/v1', name: 'bench', secrets };
  writeFileSync(join(project, 'runbook.yaml'), `${JSON.stringify(file)}\n`);
  writeFileSync(join(project, 'inventory.yaml'), inventory);
  for (const [name, text] of Object.entries(runbooks)) {
    writeFileSync(join(project, 'runbooks', `${name}.yaml`), text);
  }
  return project;
}
