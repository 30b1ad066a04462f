import type { RunningWorker } from '../embedded/worker.js';
import { line, type Line } from './line.js';
import type { Screen } from './step.js';
import { pairs } from './table.js';

/** What `dev status` knows. */
export interface DevStatus {
  readonly stateDir: string;
  readonly server: {
    readonly pid: number;
    readonly address: string;
    readonly ui: string;
    readonly version: string;
  } | null;
}

/** Server and workers on this machine. */
export function devView(
  { stateDir, server }: DevStatus,
  workers: readonly RunningWorker[],
  screen: Screen,
): Line[] {
  const rows: (readonly [string, string])[] =
    server === null
      ? [['server', 'does not run; it starts with the next command that needs it']]
      : [
          ['server', `process ${server.pid}, Temporal ${server.version}, ${server.address}`],
          ['web ui', server.ui],
        ];
  const serving = workers.map(
    ({ process, taskQueue, project }) =>
      ['worker', `process ${process.pid}, ${taskQueue}, ${project}`] as const,
  );
  return [
    line(`State in ${stateDir}`),
    ...pairs(
      [...rows, ...(serving.length === 0 ? [['worker', 'none'] as const] : serving)],
      screen.columns,
    ),
  ];
}
