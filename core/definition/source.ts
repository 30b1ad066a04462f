import {
  isAlias,
  isCollection,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  visit,
  type Document,
  type Node,
} from 'yaml';
import type { Problem } from './problem.js';

/** The largest file that is read, bytes of UTF-8: parsing costs about a second per MB. */
export const maxFileBytes = 1024 * 1024;
const maxDepth = 64;
const maxAliases = 50;

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

/**
 * Where brackets (by `levels`) or indentation go too deep, estimated before anything is parsed: deep nesting
 * exhausts a parser's stack, and with bad luck ends the whole process. An offset, or null.
 */
export function tooDeep(text: string, levels: number): number | null {
  let depth = 0;
  for (let offset = 0; offset < text.length; offset += 1) {
    const c = text[offset];
    if (c === '[' || c === '{') depth += 1;
    else if (c === ']' || c === '}') depth = Math.max(0, depth - 1);
    if (depth > levels) return offset;
  }
  return (/^(?: *- ){65,}/m.exec(text) ?? /^ {260,}\S/m.exec(text))?.index ?? null;
}

/** True where a value is nested deeper than so many levels; one that holds itself is. */
function deeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((inner) => deeper(inner, levels - 1));
}

function whole(file: string, message: string, hint: string | null = null): Problem {
  return { file, line: 0, column: 0, path: '', message, hint };
}

/** A problem in text that was not parsed. */
function unparsed(file: string, text: string, offset: number, message: string): Problem {
  const before = text.slice(0, offset);
  const column = offset - before.lastIndexOf('\n');
  return { file, line: before.split('\n').length, column, path: '', message, hint: null };
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
  if (nul >= 0) return [unparsed(file, text, nul, 'the file holds a NUL byte: it is not text')];
  const deep = `the file is nested deeper than ${maxDepth} levels`;
  const deepest = tooDeep(text, maxDepth);
  if (deepest !== null) return [unparsed(file, text, deepest, deep)];
  const lines = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: lines,
    uniqueKeys: true,
    merge: false,
    version: '1.2',
    prettyErrors: false,
  });
  const at: Place = (offset) => {
    const { line, col } = lines.linePos(offset);
    return { line, column: col };
  };
  const problems: Problem[] = document.errors.map((error) => ({
    file,
    ...at(error.pos[0]),
    path: '',
    message: error.message.split('\n')[0] ?? error.message,
    hint: null,
  }));
  problems.push(...forbidden(document, file, at));
  if (problems.length > 0) return problems;
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: maxAliases });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return [unparsed(file, text, firstAlias(document), message)];
  }
  // Brackets and indentation together, or aliases, may still go deeper than either alone.
  if (deeper(value, maxDepth)) return [unparsed(file, text, deepNode(document), deep)];
  return {
    file,
    value,
    problem(path, message, hint = null, where = 'value', offset = 0) {
      const node = locate(document, path, where);
      const start = node?.range?.[0] ?? 0;
      return { file, ...at(start + inner(node, offset)), path: path.join('.'), message, hint };
    },
  };
}

/** Offset of the first alias; what is wrong with aliases is wrong with all of them. */
function firstAlias(document: Document): number {
  let offset = 0;
  visit(document, {
    Alias(_key, node) {
      offset = node.range?.[0] ?? 0;
      return visit.BREAK;
    },
  });
  return offset;
}

/** Offset of the first collection that stands too deep; of the first alias where none does. */
function deepNode(document: Document): number {
  let offset: number | null = null;
  visit(document, {
    Collection(_key, node, path) {
      if (path.filter(isCollection).length < maxDepth) return undefined;
      offset = node.range?.[0] ?? 0;
      return visit.BREAK;
    },
  });
  return offset ?? firstAlias(document);
}

/** Tags of YAML's own plain types; any other asks for something to be made of the value. */
const plainTags = /^tag:yaml\.org,2002:(?:str|int|float|bool|null|map|seq)$/;

type Place = (offset: number) => { line: number; column: number };

/** Tags, merge keys and keys that are no text, in the order in which they stand. */
function forbidden(document: Document, file: string, at: Place): Problem[] {
  const found: Problem[] = [];
  const tell = (node: Node, message: string, hint: string | null): void => {
    found.push({ file, ...at(node.range?.[0] ?? 0), path: '', message, hint });
  };
  const key = (node: unknown): void => {
    if (!isScalar(node)) return;
    const { value } = node;
    if (value === '<<') tell(node, 'merge keys (<<) are not allowed', 'write the values out');
    if (value === '__proto__' || typeof value !== 'string')
      tell(
        node,
        `the key ${String(value)} is not allowed`,
        typeof value === 'string' ? null : 'put it in quotes',
      );
  };
  // The library's `visit` does the same, in three times the time.
  const walk = (node: unknown): void => {
    if (!isNode(node) || isAlias(node)) return;
    if (typeof node.tag === 'string' && !plainTags.test(node.tag))
      tell(node, `the tag ${node.tag} is not allowed`, null);
    if (isSeq(node)) for (const item of node.items) walk(item);
    if (isMap(node))
      for (const pair of node.items) {
        key(pair.key);
        walk(pair.key);
        walk(pair.value);
      }
  };
  walk(document.contents);
  return found;
}

/** Offset in the file of a place in a scalar's value: exact for texts on one line without escapes. */
function inner(node: Node | null, offset: number): number {
  if (node === null || !isScalar(node)) return 0;
  if (node.type === 'PLAIN') return offset;
  return node.type === 'QUOTE_DOUBLE' || node.type === 'QUOTE_SINGLE' ? 1 + offset : 0;
}

/** The node of a path; the nearest one above where it does not exist. */
function locate(
  document: Document,
  path: readonly (string | number)[],
  where: 'value' | 'key',
): Node | null {
  let node: unknown = document.contents;
  let found: Node | null = document.contents;
  for (const [index, key] of path.entries()) {
    let next: unknown = null;
    if (isMap(node)) {
      const pair = node.items.find(
        (item) => isScalar(item.key) && String(item.key.value) === String(key),
      );
      if (pair === undefined) return found;
      if (where === 'key' && index === path.length - 1) return pair.key as Node;
      next = pair.value ?? pair.key;
    } else if (isSeq(node)) {
      next = node.items[Number(key)];
    }
    if (next === null || next === undefined) return found;
    node = next;
    found = next as Node;
  }
  return found;
}
