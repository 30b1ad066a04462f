import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { PermanentError } from '../../core/errors.js';

/** A Temporal CLI that can start a server. */
export interface Binary {
  readonly path: string;
  /** Version of the server in it, such as `1.29.1`. */
  readonly version: string;
}

/** The oldest server that has everything: updates with validators, user metadata. */
export const leastVersion = '1.29.0';

/** What looking for the binary needs of the machine. */
export interface BinaryDeps {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Folder of what can be made again. */
  readonly cache: string;
  isExecutable(path: string): boolean;
  /** What `<path> --version` prints; null where it does not run. */
  versionText(path: string): Promise<string | null>;
}

/** The server's version in `temporal version 1.5.1 (Server 1.29.1, UI 2.42.1)`. */
export function serverVersion(text: string): string | null {
  return /\(Server (\d+\.\d+\.\d+)/.exec(text)?.[1] ?? null;
}

/** True when a version is at least another; both are three numbers. */
export function atLeast(version: string, least: string): boolean {
  const a = version.split('.').map(Number);
  const b = least.split('.').map(Number);
  for (let i = 0; i < 3; i += 1) {
    if ((a[i] ?? 0) !== (b[i] ?? 0)) return (a[i] ?? 0) > (b[i] ?? 0);
  }
  return true;
}

/** True for a file that may be run. */
export function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    // Not there, or not ours to run: the next place is tried.
    return false;
  }
}

/** Where a program of this name lies on PATH; null where it does not. */
export function onPath(
  name: string,
  environment: Readonly<Record<string, string | undefined>>,
  runs: (path: string) => boolean = isExecutable,
): string | null {
  for (const folder of (environment['PATH'] ?? '').split(delimiter)) {
    if (folder !== '' && runs(join(folder, name))) return join(folder, name);
  }
  return null;
}

/** What was found where no binary will do. */
export interface NoBinary {
  /** Binaries that are too old or do not run, with the reason. */
  readonly rejected: readonly string[];
}

/**
 * The binary to use: `RUNBOOK_TEMPORAL_CLI`, else `temporal` on PATH, else one that was built.
 * @throws PermanentError `server-unavailable` where the one that was named will not do.
 */
export async function findBinary(deps: BinaryDeps): Promise<Binary | NoBinary> {
  const { environment, cache } = deps;
  const named = environment['RUNBOOK_TEMPORAL_CLI'];
  const problem = async (path: string): Promise<string | Binary> => {
    const text = await deps.versionText(path);
    if (text === null) return `${path} does not run`;
    const version = serverVersion(text);
    if (version === null) return `${path} is no Temporal CLI: ${text.trim().slice(0, 80)}`;
    if (!atLeast(version, leastVersion))
      return `${path} has server ${version}; ${leastVersion} or newer is needed`;
    return { path, version };
  };
  if (named !== undefined && named !== '') {
    const found = deps.isExecutable(named) ? await problem(named) : `there is no program ${named}`;
    if (typeof found !== 'string') return found;
    throw new PermanentError('server-unavailable', `RUNBOOK_TEMPORAL_CLI: ${found}`, {
      hint: 'name a Temporal CLI of 1.5.1 or newer, or unset the variable',
    });
  }
  const rejected: string[] = [];
  const places = [
    onPath('temporal', environment, (path) => deps.isExecutable(path)),
    join(cache, 'parts', 'current', 'temporal', 'temporal'),
    join(cache, 'bin', 'temporal'),
  ];
  for (const path of places) {
    if (path === null || !deps.isExecutable(path)) continue;
    const found = await problem(path);
    if (typeof found !== 'string') return found;
    rejected.push(found);
  }
  return { rejected };
}

/** What to say where there is no binary and none can be built. */
export function cannotHave(missing: NoBinary, why: string): PermanentError {
  return new PermanentError(
    'server-unavailable',
    ['there is no Temporal server to run on', ...missing.rejected, why].join('; '),
    {
      hint:
        'install the Temporal CLI (brew install temporal, or a release of github.com/temporalio/cli put on PATH), ' +
        'or Go 1.25 or newer so that it can be built; or name one with RUNBOOK_TEMPORAL_CLI, ' +
        'or a server with TEMPORAL_ADDRESS',
    },
  );
}
