import { mkdir, open, rename } from 'node:fs/promises';
import { join } from 'node:path';
import type { RunRecord } from '../core/record.js';

/** File name of a run's id: path separators and what file systems dislike are replaced. */
export function fileName(run: string): string {
  return run.replace(/[^A-Za-z0-9._-]/g, '_');
}

/** Keeps records of ended runs beyond the server's retention: one file each, whole or not at all. */
export function createArchive(folder: string): (record: RunRecord) => Promise<void> {
  return async (record) => {
    await mkdir(folder, { recursive: true });
    const path = join(folder, `${fileName(record.run)}.json`);
    const draft = `${path}.${process.pid}.tmp`;
    const file = await open(draft, 'w', 0o600);
    try {
      await file.writeFile(`${JSON.stringify(record)}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(draft, path);
  };
}
