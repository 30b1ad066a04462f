/** Where the sources of secrets are looked for: the worker and its project. */
export interface SourcePlace {
  /** Folder of the project: commands run there. */
  readonly folder: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** A path of the project file as an absolute one. */
  resolve(path: string): string;
}

/** The largest secret, bytes. */
export const maxBytes = 64 * 1024;
