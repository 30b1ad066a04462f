import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { System } from '../core/definition/places.js';

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

/** Folder of the package: the parent of `dist`. */
export const packageFolder = resolve(fileURLToPath(new URL('../..', import.meta.url)));
