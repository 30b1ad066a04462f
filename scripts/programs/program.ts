import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { Script } from 'node:vm';

// Part of what a build makes, not of the build: it stands at the head of each program.

/** Where the compiled code of a program lies, if it lies anywhere. */
export function codeCachePath(program: string): string {
  return `${program}.code`;
}

/** A program that was compiled and has been begun. */
export interface Program {
  readonly exports: unknown;
  /** Whether V8 has taken the compiled code beside the program; null where there is none. */
  readonly taken: boolean | null;
  /** The code that V8 has compiled up to now, also of functions that were first called later. */
  code(): Buffer;
}

/**
 * Begins a program: one file of plain ASCII with a function in it, as Node makes one of a module of the older format.
 * Its compiled code is taken from the file beside it; another V8 than the one that wrote it refuses it, and compiles
 * anew. V8 compares no more than the length of the source (11.3, `SerializedCodeData::SanityCheck`): programs have a sum
 * of what they hold in their names.
 */
export function begin(path: string): Program {
  const source = readFileSync(path, 'latin1');
  const cache = codeCachePath(path);
  const cachedData = existsSync(cache) ? readFileSync(cache) : undefined;
  const script = new Script(source, {
    filename: path,
    ...(cachedData === undefined ? {} : { cachedData }),
  });
  const module = { exports: {} };
  const wrapper = script.runInThisContext() as (...args: unknown[]) => void;
  wrapper(module.exports, createRequire(path), module, path, dirname(path));
  return {
    exports: module.exports,
    taken: cachedData === undefined ? null : script.cachedDataRejected === false,
    code: () => script.createCachedData(),
  };
}
