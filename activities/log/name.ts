import { createHash } from 'node:crypto';
import { fileName as named } from '../../core/file-name.js';

/** Name of a folder or file of the log that stands for a run or a step: see core/file-name.ts. */
export function fileName(text: string): string {
  return named(text, (long) => createHash('sha256').update(long).digest('hex'));
}
