import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * Names for completion, in plain files that a shell reads without starting us: `<state>/completion/runs`
 * with an id per line, and one file per project with lines such as `runbook node-maintenance`.
 */
export function namesFolder(state: string): string {
  return join(state, 'completion');
}

/** Name of a project's file: its path with `%` for `/`, which a shell can make by itself. */
export function projectNames(state: string, project: string): string {
  return join(namesFolder(state), `project${project.replaceAll('/', '%')}`);
}

function write(path: string, text: string): void {
  try {
    if (readFileSync(path, 'utf8') === text) return;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  writeFileSync(`${path}.${process.pid}`, text, { mode: 0o600 });
  renameSync(`${path}.${process.pid}`, path);
}

const runsFile = (state: string): string => join(namesFolder(state), 'runs');
const mostRuns = 200;

function read(path: string): string[] {
  try {
    return readFileSync(path, 'utf8').split('\n').filter(Boolean);
  } catch {
    // Nothing remembered yet.
    return [];
  }
}

/** Remembers runs, the newest first, before those that are remembered already. */
export function rememberRuns(state: string, runs: readonly string[]): void {
  const all = [...new Set([...runs, ...read(runsFile(state))])].slice(0, mostRuns);
  write(runsFile(state), all.map((run) => `${run}\n`).join(''));
}

/** What can be completed in a project. */
export interface ProjectNames {
  readonly runbooks: readonly string[];
  readonly targets: readonly string[];
  /** Flags of a runbook's inputs, by its name, where they are known. */
  readonly flags: Readonly<Record<string, readonly string[]>>;
}

/** Remembers the names of a project. */
export function rememberProject(state: string, project: string, names: ProjectNames): void {
  const lines = [
    ...names.runbooks.map((name) => `runbook ${name}`),
    ...names.targets.map((name) => `target ${name}`),
    ...Object.entries(names.flags).map(([name, flags]) => `flags ${name} ${flags.join(' ')}`),
  ];
  write(projectNames(state, project), lines.map((text) => `${text}\n`).join(''));
}
