import type { CodecKey } from '../../core/codec/keys.js';
import type { Project } from '../../core/definition/loader.js';
import type { WorkerNeed } from './worker.js';

/**
 * What a worker must serve for a project, and what it holds of it in memory. The inventory is not among
 * that: each run brings its own, so a worker goes on when a lab writes its overlay in mid-run.
 */
export function needOf(project: Project, keys: readonly CodecKey[]): WorkerNeed {
  const { folder, taskQueue, knownHosts, runbookFolders, paths, file } = project;
  return {
    project: folder,
    taskQueue,
    loaded: {
      knownHosts,
      runbookFolders: [...runbookFolders],
      paths,
      server: file.server ?? null,
      secrets: file.secrets ?? null,
      // Of keys their names alone: this is written into a file.
      keys: keys.map(({ id }) => id),
    },
  };
}
