import { createHash } from 'node:crypto';
import { fileName } from '../../core/file-name.js';

export { archiveName } from '../../core/file-name.js';

/** Name of the folder of a run's logs. */
export function logFolderName(run: string): string {
  return fileName(run, (long) => createHash('sha256').update(long).digest('hex'));
}
