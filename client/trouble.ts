import type { Problem } from '../core/definition/problem.js';
import { isRunbookError } from '../core/errors.js';
import type { Trouble } from './view/error.js';

/** Names of system errors that users can do something about. */
const systemErrors: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  EACCES: 'permission denied',
  EPERM: 'not permitted',
  EROFS: 'the file system is read-only',
  EMFILE: 'too many open files',
  EISDIR: 'it is a folder',
};

/** Any error as a command tells it. */
export function troubleOf(error: unknown): Trouble {
  if (isRunbookError(error)) {
    return { code: error.code, message: error.message, hint: error.hint ?? null, problems: [] };
  }
  const problems = (error as { problems?: readonly Problem[] }).problems;
  if (error instanceof Error && error.name === 'ProblemsError' && problems !== undefined) {
    const count = `${problems.length} ${problems.length === 1 ? 'problem' : 'problems'}`;
    const message = `${count} in ${[...new Set(problems.map(({ file }) => file))].join(', ')}`;
    return { code: 'definition-invalid', message, hint: null, problems };
  }
  const { code, path } = error as NodeJS.ErrnoException;
  const known = code === undefined ? undefined : systemErrors[code];
  if (known !== undefined) {
    return {
      code: 'state-unwritable',
      message: `${path ?? 'a file'}: ${known}`,
      hint: 'RUNBOOK_STATE_DIR and RUNBOOK_CACHE_DIR name other places',
      problems: [],
    };
  }
  return {
    code: 'internal',
    message: error instanceof Error ? error.message : String(error),
    hint: 'this is a fault of runbook; RUNBOOK_DEBUG=1 shows where',
    problems: [],
  };
}
