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
import { deeper, maxDepth, tooDeep } from './depth.js';
import { problemAt, type Problem } from './problem.js';

const maxAliases = 50;

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

/**
 * The value of text that is not plain, such as that of a file with aliases, or everything that is wrong with it.
 * Four times slower than reading it plainly.
 */
export function diagnose(
  file: string,
  text: string,
): { readonly value: unknown } | readonly Problem[] {
  const deep = `the file is nested deeper than ${maxDepth} levels`;
  const deepest = tooDeep(text, maxDepth);
  if (deepest !== null) return [problemAt(file, text, deepest, deep)];
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
    return [problemAt(file, text, firstAlias(document), message)];
  }
  // Brackets and indentation together, or aliases, may still go deeper than either alone.
  if (deeper(value, maxDepth)) return [problemAt(file, text, deepNode(document), deep)];
  return { value };
}
