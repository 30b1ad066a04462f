import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { PermanentError } from '../core/errors.js';

/** Where a command is to find its project. */
export interface ProjectFolder {
  readonly path: string;
  /** False where there is none: then only the local host and the packaged runbooks are known. */
  readonly found: boolean;
}

/** What finding a project needs. */
export interface Whereabouts {
  readonly cwd: string;
  /** Folder of the package, with its labs. */
  readonly package: string;
  /** State folder: what runs without a project lives there, whatever folder it is called from. */
  readonly state: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

const isProject = (folder: string): boolean => existsSync(join(folder, 'runbook.yaml'));

/** A project that was named: a folder, or a lab of the package. @throws PermanentError `no-project`. */
function named(name: string, from: string, { cwd, package: home }: Whereabouts): ProjectFolder {
  const folder = resolve(cwd, name);
  if (isProject(folder)) return { path: folder, found: true };
  const lab = join(home, 'labs', name);
  if (/^[a-z0-9-]+$/.test(name) && isProject(lab)) return { path: lab, found: true };
  throw new PermanentError('no-project', `${from}: there is no runbook.yaml in ${folder}`, {
    hint: `runbook init ${name} makes a project there`,
  });
}

/** The project named by the flag or `RUNBOOK_PROJECT`, else the nearest one upwards. */
export function findProject(flag: string | undefined, where: Whereabouts): ProjectFolder {
  const { environment, cwd, state } = where;
  if (flag !== undefined) return named(flag, '--project', where);
  const variable = environment['RUNBOOK_PROJECT'];
  if (variable !== undefined && variable !== '') return named(variable, 'RUNBOOK_PROJECT', where);
  for (let folder = resolve(cwd); ; folder = dirname(folder)) {
    if (isProject(folder)) return { path: folder, found: true };
    if (dirname(folder) === folder) return { path: join(state, 'no-project'), found: false };
  }
}
