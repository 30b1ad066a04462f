import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** File with the mark of the present build. */
export const stampPath = fileURLToPath(new URL('../build-stamp', import.meta.url));

/** Mark of the build that this process runs: a worker of another build is replaced. */
export function stamp(): string {
  return readFileSync(stampPath, 'utf8').trim();
}
