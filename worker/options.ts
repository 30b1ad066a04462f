import { parseArgs } from 'node:util';

/** How a worker is started. */
export interface WorkerArgs {
  /** Folder of the project. */
  readonly project: string;
  /** File in which the worker says that it is ready; none unless told. */
  readonly status: string | null;
}

/** Reads the worker's arguments. */
export function workerArgs(argv: readonly string[]): WorkerArgs {
  const { values } = parseArgs({
    args: [...argv],
    options: { project: { type: 'string' }, status: { type: 'string' } },
  });
  return { project: values.project ?? process.cwd(), status: values.status ?? null };
}
