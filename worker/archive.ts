import { mkdir, open, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { archiveName } from '../core/file-name.js';
import type { RunRecord } from '../core/record.js';

/** Keeps records of ended runs beyond the server's retention: one file each, whole or not at all. */
export function createArchive(folder: string): (record: RunRecord) => Promise<void> {
  return async (record) => {
    await mkdir(folder, { recursive: true });
    const path = join(folder, `${archiveName(record.run)}.json`);
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
