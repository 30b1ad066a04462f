import type { ASTNode } from '@marcbachmann/cel-js';
import { isObject } from '../json.js';
import { children, createEnvironment } from './cel.js';
import { hasExpression, pieces } from './template.js';

/** One use of a value: the path from its root, as far as it is spelled out, and where it stands in the source. */
export interface Reference {
  readonly path: readonly string[];
  /** Range of each member of `path` within the CEL source. */
  readonly ranges: readonly { readonly start: number; readonly end: number }[];
  readonly start: number;
  /** Where a computed index ended the path, what it was, where that is a value alone: `b.c` in `a[b.c].d`. */
  readonly index: readonly string[] | null;
}

const parser = createEnvironment();

interface Chain {
  readonly path: string[];
  readonly ranges: { start: number; end: number }[];
  /** Computed indexes along the way, which hold references of their own: `b.c` in `a[b.c].d`. */
  readonly indexes: ASTNode[];
  /** False once a computed index has ended the part of the path that is spelled out. */
  open: boolean;
}

function follow(node: ASTNode): Chain | null {
  if (node.op === 'id') {
    const range = { start: node.start, end: node.end };
    return { path: [node.args], ranges: [range], indexes: [], open: true };
  }
  if (node.op === '.' || node.op === '.?') {
    const found = follow(node.args[0]);
    const member: unknown = node.args[1];
    const key =
      typeof member === 'string' ? member : isObject(member) ? String(member['args']) : null;
    if (found === null || key === null) return null;
    if (found.open) {
      found.path.push(key);
      found.ranges.push({ start: node.end - key.length, end: node.end });
    }
    return found;
  }
  if (node.op === '[]' || node.op === '[?]') {
    const found = follow(node.args[0]);
    const index = node.args[1];
    if (found === null) return null;
    if (index.op === 'value' && typeof index.args === 'string') {
      if (found.open) {
        found.path.push(index.args);
        found.ranges.push({ start: index.start, end: index.end });
      }
    } else {
      found.indexes.push(index);
      found.open = false;
    }
    return found;
  }
  return null;
}

const binders = new Set(['map', 'filter', 'all', 'exists', 'exists_one']);

function collect(node: ASTNode, bound: ReadonlySet<string>, found: Reference[]): void {
  const direct = follow(node);
  if (direct !== null) {
    const [root] = direct.path;
    if (root !== undefined && !bound.has(root)) {
      const [index] = direct.indexes;
      const by = index === undefined ? null : follow(index);
      found.push({
        path: direct.path,
        ranges: direct.ranges,
        start: node.start,
        index: by?.open === true ? by.path : null,
      });
    }
    for (const index of direct.indexes) collect(index, bound, found);
    return;
  }
  if (node.op === 'rcall' && binders.has(node.args[0])) {
    const [variable, ...rest] = node.args[2];
    collect(node.args[1], bound, found);
    const inner = new Set(bound);
    if (variable?.op === 'id') inner.add(variable.args);
    for (const child of rest) collect(child, inner, found);
    return;
  }
  for (const child of children(node)) collect(child, bound, found);
}

/**
 * Every reference of a CEL source, such as `steps.drain.output.evicted`. Names bound by a loop around
 * them (`x` in `list.map(x, …)`) are no references.
 * @throws ParseError of the CEL library where the source does not parse.
 */
export function references(source: string): Reference[] {
  const found: Reference[] = [];
  collect(parser.parse(source).ast, new Set(), found);
  return found;
}

/** Paths of all references in all expressions of a definition's value. */
export function referencesIn(value: unknown): (readonly string[])[] {
  if (typeof value === 'string') {
    if (!hasExpression(value)) return [];
    return pieces(value).flatMap((piece) =>
      piece.kind === 'cel' ? references(piece.source).map((reference) => reference.path) : [],
    );
  }
  if (Array.isArray(value)) return value.flatMap(referencesIn);
  if (isObject(value)) return Object.values(value).flatMap(referencesIn);
  return [];
}
