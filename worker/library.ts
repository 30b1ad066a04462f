import type { Library } from '../activities/definition.js';
import { dataFileNames, loadDataFiles } from '../core/definition/data-files.js';
import {
  listRunbooks,
  ProblemsError,
  readRunbook,
  type Files,
  type Project,
} from '../core/definition/loader.js';
import { didYouMean } from '../core/definition/nearest.js';
import { formatProblem } from '../core/definition/problem.js';
import { PermanentError } from '../core/errors.js';

/** The runbooks that this worker's project has, read when they are asked for. */
export function createLibrary(files: Files, project: Project): Library {
  return {
    files: (runbook, inputs) =>
      loadDataFiles(files, project.folder, dataFileNames(runbook, inputs)),
    secretNames: Object.keys(project.file.secrets ?? {}),
    names: () => [...listRunbooks(files, project).keys()],
    load(name) {
      const known = listRunbooks(files, project);
      const path = known.get(name);
      if (path === undefined) {
        const hint = didYouMean(name, known.keys());
        throw new PermanentError(
          'not-found',
          `there is no runbook '${name}'`,
          hint === null ? {} : { hint },
        );
      }
      try {
        return readRunbook(files, path).runbook;
      } catch (error) {
        if (!(error instanceof ProblemsError)) throw error;
        throw new PermanentError(
          'definition-invalid',
          error.problems.map(formatProblem).join('\n'),
        );
      }
    },
  };
}
