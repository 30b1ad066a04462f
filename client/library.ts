import { existsSync, statSync } from 'node:fs';
import type { LoadedRunbook } from '../core/definition/loader.js';
import type { Problem } from '../core/definition/problem.js';
import type { Runbook } from '../core/definition/runbook.js';
import { PermanentError } from '../core/errors.js';
import type { Json, JsonObject } from '../core/json.js';
import { namedActions } from '../core/run/named-actions.js';
import { actionsFor, allActions, type Actions } from './plugins.js';
import type { Session } from './session.js';

/** Runbooks that can be started, with the file of each. */
export async function runbookFiles(session: Session): Promise<ReadonlyMap<string, string>> {
  const { listRunbooks } = await import('../core/definition/loader.js');
  return listRunbooks(session.files, await session.project());
}

/** True for an argument that names a file, not a runbook. */
export function isPath(name: string): boolean {
  return name.includes('/') || /\.ya?ml$/.test(name);
}

/** The largest file that is read, bytes; a bigger one is refused before it is. */
const maxBytes = 1024 * 1024;

/** A file that is far too big is refused at once, before anything of it is in memory. */
function refuseHuge(path: string): void {
  if (!existsSync(path)) return;
  const { size } = statSync(path);
  if (size > maxBytes) {
    throw new PermanentError(
      'definition-invalid',
      `${path}: the file has ${size} bytes; at most ${maxBytes} are read`,
      { hint: 'split it into runbooks that call each other' },
    );
  }
}

/** Runbooks that a session has read: its flags come from the file, and so does the run. */
const read = new WeakMap<Session, Map<string, LoadedRunbook>>();

/** Reads a runbook by its name, or by its file. @throws ProblemsError; PermanentError `not-found`. */
export async function findRunbook(session: Session, name: string): Promise<LoadedRunbook> {
  const { readRunbook } = await import('../core/definition/loader.js');
  const files = await runbookFiles(session);
  const path = isPath(name) ? session.files.resolve(session.cwd, name) : files.get(name);
  if (path === undefined) {
    const { didYouMean } = await import('../core/definition/nearest.js');
    const where = session.folder.found ? '' : ' (there is no project here: no runbook.yaml)';
    throw new PermanentError('not-found', `there is no runbook '${name}'${where}`, {
      hint: didYouMean(name, files.keys()) ?? 'runbook list shows them',
    });
  }
  refuseHuge(path);
  const known = read.get(session)?.get(path);
  if (known !== undefined) return known;
  const loaded = await readWhole(() => readRunbook(session.files, path));
  read.set(session, new Map(read.get(session)).set(path, loaded));
  return loaded;
}

/** Reads a runbook; one that does not fit its schema is told with everything that can be said of its actions, too. */
async function readWhole(read: () => LoadedRunbook): Promise<LoadedRunbook> {
  const { ProblemsError } = await import('../core/definition/loader.js');
  try {
    return read();
  } catch (error) {
    if (!(error instanceof ProblemsError) || error.unfit === null) throw error;
    const { actionProblems } = await import('../core/definition/actions.js');
    const { inOrder } = await import('../core/definition/schema.js');
    const more = actionProblems(error.unfit, await allActions());
    throw new ProblemsError(inOrder([...error.problems, ...more]));
  }
}

/** Reads runbooks that others call, once each; null where one cannot be read. */
function callees(
  files: ReadonlyMap<string, string>,
  read: (path: string) => LoadedRunbook,
): (name: string) => Runbook | null {
  const known = new Map<string, Runbook | null>();
  return (name) => {
    const path = files.get(name);
    if (path === undefined) return null;
    if (!known.has(name)) {
      try {
        known.set(name, read(path).runbook);
      } catch {
        // Its own problems are told when it is validated itself.
        known.set(name, null);
      }
    }
    return known.get(name) ?? null;
  };
}

/** Contents of the data files that a runbook and its inputs refer to. @throws PermanentError `definition-invalid`. */
export async function filesOfRunbook(
  session: Session,
  runbook: Runbook,
  inputs: JsonObject,
): Promise<Readonly<Record<string, Json>>> {
  const { dataFileNames, loadDataFiles } = await import('../core/definition/data-files.js');
  const { folder } = await session.project();
  return loadDataFiles(session.files, folder, dataFileNames(runbook, inputs));
}

/** Every problem of a runbook that fits its schema. */
export async function problemsOf(session: Session, loaded: LoadedRunbook): Promise<Problem[]> {
  const { validateRunbook } = await import('../core/definition/validate.js');
  const { readRunbook } = await import('../core/definition/loader.js');
  const { dataFileProblem } = await import('../core/definition/data-files.js');
  const project = await session.project();
  const files = await runbookFiles(session);
  const runbook = callees(files, (path) => readRunbook(session.files, path));
  const check = (actions: Actions): Problem[] =>
    validateRunbook(loaded.source, loaded.runbook, {
      action: (name) => actions.get(name) ?? null,
      actionNames: [...actions.keys()],
      runbook,
      runbookNames: [...files.keys()],
      secretNames: Object.keys(project.file.secrets ?? {}),
      inventory: project.inventory,
      approvers: project.approvers,
      dataFile: (name) => dataFileProblem(session.files, project.folder, name),
    });
  // Loading a plugin costs more than checking a step: only those that are named.
  return check((await actionsFor(namedActions(loaded.runbook))) ?? (await allActions()));
}

/** A runbook without problems. @throws ProblemsError with all of them. */
export async function soundRunbook(session: Session, name: string): Promise<LoadedRunbook> {
  const loaded = await findRunbook(session, name);
  const problems = await problemsOf(session, loaded);
  if (problems.length > 0) {
    const { ProblemsError } = await import('../core/definition/loader.js');
    throw new ProblemsError(problems);
  }
  return loaded;
}
