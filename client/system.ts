import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { homedir, hostname, userInfo } from 'node:os';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { System } from '../core/definition/places.js';

/** Folder of the package: the parent of `dist`. */
export const packageFolder = resolve(fileURLToPath(new URL('../..', import.meta.url)));

/** The command line's own file. */
export const mainPath = fileURLToPath(new URL('../client/main.js', import.meta.url));

/** What writes failures so that the codec can encrypt them. */
export const failureConverterPath = fileURLToPath(
  new URL('../workflows/failure-converter.js', import.meta.url),
);

/** This machine, for finding files. */
export const system: System = {
  readFile: (path) => readFileSync(path, 'utf8'),
  readFolder: (path) => readdirSync(path),
  mode: (path) => statSync(path).mode,
  resolve,
  home: homedir(),
  environment: process.env,
  hash: (text) => createHash('sha256').update(text).digest('hex'),
};

/** Mark of the present build; empty before anything was built. */
export function buildStamp(): string {
  try {
    return readFileSync(fileURLToPath(new URL('../build-stamp', import.meta.url)), 'utf8').trim();
  } catch {
    // A checkout that was compiled without its last step; the worker then says what is missing.
    return '';
  }
}

/** Who decides: `user@host`. Claimed, not proven. */
export function whoami(
  environment: Readonly<Record<string, string | undefined>>,
  host = hostname(),
): string {
  const name = environment['USER'] || environment['LOGNAME'] || nameOfUser();
  return `${name}@${host.split('.')[0] ?? host}`;
}

function nameOfUser(): string {
  try {
    return userInfo().username;
  } catch {
    // A user id without an entry, as in containers.
    return `uid-${process.getuid?.() ?? '?'}`;
  }
}
