import { join } from 'node:path';

/**
 * What V8 is told for a worker, and for the programs that it consists of when their code is compiled beforehand: V8
 * refuses code that was compiled under other flags. What a worker makes is young and dies soon, or is a connection and
 * stays; the usual 16 MB are full several times in one plan of fifty hosts, and what stays is copied each time.
 */
export const workerFlags = ['--max-semi-space-size=32'] as const;

/** The arguments of Node that start the worker of a project; `of` is the folder of the package. */
export function workerArgv(of: string, project: string): string[] {
  return [...workerFlags, join(of, 'dist', 'worker', 'main.js'), '--project', project];
}
