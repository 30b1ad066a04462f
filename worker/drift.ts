import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { acceptedFileSchema, type Accepted } from '../core/drift/accepted.js';
import { driftHistorySchema, type DriftHistory } from '../core/drift/history.js';
import { identityOf } from '../core/drift/identity.js';
import { acceptedFile, historyFile, seriesOf } from '../core/drift/places.js';
import { withCheck } from '../core/drift/take.js';
import { RunbookError } from '../core/errors.js';
import type { DriftCheck, DriftKept } from '../core/run/drift.js';

/** What a file holds, as JSON; null where there is none, or where it was torn. */
async function read(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as unknown;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

/** Writes a file, whole or not at all. */
async function write(path: string, value: unknown): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const draft = `${path}.${process.pid}.tmp`;
  const file = await open(draft, 'w', 0o600);
  try {
    await file.writeFile(`${JSON.stringify(value)}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(draft, path);
}

/**
 * Keeps what checks for drift find, one file for each runbook with its inputs, in the folder of the
 * project; answers what is to be told. One check after another: each begins with what the one
 * before has left.
 */
export function createDriftBook(
  folder: string,
  sha256: (text: string) => string,
): (check: DriftCheck) => Promise<DriftKept> {
  const take = async (check: DriftCheck): Promise<DriftKept> => {
    const path = join(folder, historyFile(check.runbook, check.inputs, sha256));
    try {
      const kept = driftHistorySchema.safeParse(await read(path));
      const accepted = acceptedFileSchema.safeParse(await read(join(folder, acceptedFile)));
      const { history, event, places } = withCheck(kept.data ?? null, check, {
        accepted: accepted.data?.accepted ?? ([] as Accepted[]),
        series: seriesOf(check.inputs, sha256),
        identityOf: (step) => identityOf(step, sha256),
      });
      await write(path, history satisfies DriftHistory);
      return { event, places };
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      if (code === undefined) throw error;
      throw new RunbookError('state-unwritable', `${path}: ${message}`, { cause: error });
    }
  };
  let last: Promise<unknown> = Promise.resolve();
  return (check) => {
    const taken = last.then(() => take(check));
    last = taken.catch(() => undefined);
    return taken;
  };
}
