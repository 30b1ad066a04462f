import type { Files } from './loader.js';

/** What the operating system offers, as far as finding files needs it: given by whoever may import it. */
export interface System {
  readFile(path: string): string;
  readFolder(path: string): readonly string[];
  /** Permissions of a file, as the system's number. */
  mode(path: string): number;
  resolve(...parts: string[]): string;
  readonly home: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** sha256, hex. */
  hash(text: string): string;
}

function missing(error: unknown): boolean {
  const code = (error as { code?: unknown }).code;
  return code === 'ENOENT' || code === 'ENOTDIR';
}

/** Files of the real file system. */
export function filesOf(system: System): Files {
  return {
    read(path) {
      try {
        return system.readFile(path);
      } catch (error) {
        if (missing(error)) return null;
        throw error;
      }
    },
    list(path) {
      try {
        return [...system.readFolder(path)].sort();
      } catch (error) {
        if (missing(error)) return [];
        throw error;
      }
    },
    resolve: (folder, path) =>
      path === '~' || path.startsWith('~/')
        ? system.resolve(system.home, path.slice(2))
        : system.resolve(folder, path),
  };
}

function folder(system: System, variable: string, xdg: string, fallback: string): string {
  const { environment } = system;
  const own = environment[variable];
  if (own !== undefined && own !== '') return system.resolve(own);
  const base = environment[xdg];
  return system.resolve(
    base === undefined || base === '' ? system.resolve(system.home, fallback) : base,
    'runbook',
  );
}

/** Folder of everything that runbook remembers: `RUNBOOK_STATE_DIR`, else `$XDG_STATE_HOME/runbook`. */
export function stateFolder(system: System): string {
  return folder(system, 'RUNBOOK_STATE_DIR', 'XDG_STATE_HOME', '.local/state');
}

/** Folder of what can be made again: `RUNBOOK_CACHE_DIR`, else `$XDG_CACHE_HOME/runbook`. */
export function cacheFolder(system: System): string {
  return folder(system, 'RUNBOOK_CACHE_DIR', 'XDG_CACHE_HOME', '.cache');
}

/** Eight hex digits that tell this project with this state folder from every other. */
export function projectId(system: System, project: string): string {
  return system.hash(`${stateFolder(system)}\0${project}`).slice(0, 8);
}

/** State folder of one project. */
export function projectState(system: System, project: string): string {
  return system.resolve(stateFolder(system), 'projects', projectId(system, project));
}
