import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve, sep } from 'node:path';
import { fileName } from '../../activities/log/name.js';
import { createLogStore } from '../../activities/log/store.js';
import { archiveName } from '../../core/file-name.js';
import { isRunId } from '../../core/export.js';
import type { Dice } from './dice.js';

const pieces = [
  ['..', '../', '/..', '/', '//', '.', './', '~', '~root/', '-', '--', '\\', '..\\', 'C:'],
  ['%2F', '%2e%2e', '%', '\u0000', '\n', ' ', '*', '$HOME', '`id`', 'ü', '\u202e', '\uff0f', '․․/'],
  [
    'a',
    'run',
    'etc/passwd',
    'con',
    '.ndjson',
    '.json',
    'x'.repeat(300),
    '/proc/self/fd/1',
    '[',
    ':',
  ],
].flat();

/** A name that leads out of its folder, if anything lets it. */
export function hostileName(dice: Dice): string {
  const length = 1 + dice.below(6);
  return Array.from({ length }, () => dice.pick(pieces)).join('');
}

/** A faulty name of a file: it leads elsewhere, or nowhere. */
function faultOf(folder: string, name: string): string | null {
  if (name === '' || name.length > 255) return 'is no name';
  const path = resolve(folder, name);
  return dirname(path) === folder && !name.includes(sep) && !name.includes('\0')
    ? null
    : `is ${path}`;
}

/** Everything below a folder, as paths from there. */
function below(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' });
}

/**
 * F20: so many hostile names, by seed, of runs, steps and workers. Each stands for a file of its own in its folder, and
 * what can be the id of a run is safe as a name in the archive.
 */
export async function fuzzNames(dice: Dice, count: number): Promise<string[]> {
  const root = mkdtempSync(join(tmpdir(), 'rb-names-'));
  const dir = join(root, 'logs');
  const faults: string[] = [];
  const taken = new Map<string, string>();
  try {
    for (let at = 0; at < count; at += 1) {
      const [run, step, worker] = [hostileName(dice), hostileName(dice), hostileName(dice)];
      for (const name of [fileName(run), ...(isRunId(run) ? [`${archiveName(run)}.json`] : [])]) {
        const fault = faultOf(root, name);
        if (fault !== null) faults.push(`${JSON.stringify(run)} ${fault}`);
      }
      const known = taken.get(fileName(run)) ?? run;
      if (known !== run)
        faults.push(`${JSON.stringify(run)} and ${JSON.stringify(known)} are one file`);
      taken.set(fileName(run), run);
      const store = createLogStore({ dir, worker });
      await store.step({ run, step, verb: 'check', attempt: 1 }).note('here');
      await store.close();
      const found = below(root).filter((path) => path !== 'logs');
      const wanted = [
        join('logs', fileName(run)),
        join('logs', fileName(run), `${fileName(worker)}.ndjson`),
      ];
      if (found.length !== 2 || wanted.some((path) => !found.includes(path)))
        faults.push(`the log of ${JSON.stringify(run)} is ${found.join(', ')}`);
      rmSync(dir, { recursive: true });
    }
  } finally {
    rmSync(root, { recursive: true });
  }
  return faults;
}
