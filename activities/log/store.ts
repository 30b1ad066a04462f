import { join } from 'node:path';
import { createLogFile, type LogFile } from './file.js';
import { fileName } from './name.js';
import { createStepLog, type LogOwner, type StepLog } from './step-log.js';

/** Where and how logs are kept. */
export interface LogStoreOptions {
  /** Folder of all logs; each run has one below it. */
  readonly dir: string;
  /**
   * Name of this worker among those that write at the same time, and the same after a restart: it
   * names the file within the run's folder. `worker` unless told.
   */
  readonly worker?: string;
  /** Bytes of one file after which output is counted and hashed, and no longer kept; 256 MiB unless told. */
  readonly limitBytes?: number;
  readonly now?: () => Date;
}

/** Writes the logs of runs: one append-only file per run and worker, `<dir>/<run>/<worker>.ndjson`. */
export interface LogStore {
  /** The log of one attempt at one verb of one step of a run. */
  step(owner: LogOwner): StepLog;
  /** Waits until everything is written, and closes the files. */
  close(): Promise<void>;
}

/** Folder of a run's log files. */
export function logFolder(dir: string, run: string): string {
  return join(dir, fileName(run));
}

/** A store that writes to `options.dir`. Nothing is made before the first entry. */
export function createLogStore(options: LogStoreOptions): LogStore {
  // A file lives as long as a step writes to it, and a worker for months: it must not remember every run.
  const files = new Map<string, WeakRef<LogFile>>();
  const forgotten = new FinalizationRegistry<string>((path) => {
    if (files.get(path)?.deref() === undefined) files.delete(path);
  });
  const { dir, worker = 'worker', limitBytes = 256 * 1024 * 1024 } = options;
  const now = options.now ?? (() => new Date());
  const fileOf = (run: string): LogFile => {
    const path = join(logFolder(dir, run), `${fileName(worker)}.ndjson`);
    const known = files.get(path)?.deref();
    if (known !== undefined) return known;
    const file = createLogFile(path);
    files.set(path, new WeakRef(file));
    forgotten.register(file, path);
    return file;
  };
  return {
    step: (owner) => createStepLog({ file: fileOf(owner.run), limitBytes, now }, owner),
    close: async () => {
      await Promise.all([...files.values()].map(async (file) => file.deref()?.close()));
      files.clear();
    },
  };
}
