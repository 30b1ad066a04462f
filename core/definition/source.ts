import { parseEvents, YAMLException } from 'js-yaml';
import { maxDepth } from './depth.js';
import { diagnose } from './diagnose.js';
import { Positions } from './positions.js';
import { readPlain } from './plain.js';
import { problemAt, type Problem } from './problem.js';

/** The largest file that is read, bytes of UTF-8: parsing costs about a second per MB. */
export const maxFileBytes = 1024 * 1024;

/** A parsed file that remembers where its values stand. */
export interface Source {
  readonly file: string;
  /** Plain JSON values. */
  readonly value: unknown;
  /** Makes a problem at the value with this path, or at its key. */
  problem(
    path: readonly (string | number)[],
    message: string,
    hint?: string | null,
    at?: 'value' | 'key',
    offset?: number,
  ): Problem;
}

function whole(file: string, message: string, hint: string | null = null): Problem {
  return { file, line: 0, column: 0, path: '', message, hint };
}

/**
 * Reads YAML text as plain JSON with places. Duplicate keys, tags, merge keys, aliases that explode,
 * deep nesting and files over 1 MiB are problems, found in bounded time.
 */
export function readSource(file: string, text: string): Source | readonly Problem[] {
  const bytes = new TextEncoder().encode(text).length;
  if (bytes > maxFileBytes) {
    return [
      whole(
        file,
        `the file has ${bytes} bytes; at most ${maxFileBytes} are read`,
        'split it into runbooks that call each other',
      ),
    ];
  }
  const nul = text.indexOf('\u0000');
  if (nul >= 0) return [problemAt(file, text, nul, 'the file holds a NUL byte: it is not text')];
  const plain = readPlain(text, maxDepth);
  if (plain !== null) return sourceOf(file, plain.value, new Positions(text, plain.events));
  // Something that runbooks seldom have, such as an alias, or something wrong.
  const read = diagnose(file, text);
  if (!('value' in read)) return read;
  try {
    return sourceOf(file, read.value, new Positions(text, parseEvents(text, {})));
  } catch (error) {
    // What either parser refuses is refused.
    if (!(error instanceof YAMLException)) throw error;
    return [problemAt(file, text, error.mark?.position ?? 0, error.reason)];
  }
}

function sourceOf(file: string, value: unknown, positions: Positions): Source {
  return {
    file,
    value,
    problem(path, message, hint = null, where = 'value', offset = 0) {
      return { file, ...positions.of(path, where, offset), path: path.join('.'), message, hint };
    },
  };
}
