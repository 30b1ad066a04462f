import { isObject, sameJson, type Json, type JsonObject } from '../../../core/json.js';

/** One change: the path, and the value that belongs there; without a value, nothing belongs there. */
export type Edit = readonly [path: Path] | readonly [path: Path, value: Json];
type Path = readonly (string | number)[];

function walk(from: Json, to: Json, path: Path, edits: Edit[]): void {
  if (sameJson(from, to)) return;
  if (isObject(from) && isObject(to)) {
    for (const key of [...new Set([...Object.keys(from), ...Object.keys(to)])].sort()) {
      const [old, wanted] = [from[key], to[key]];
      if (wanted === undefined) {
        if (old !== undefined) edits.push([[...path, key]]);
      } else if (old === undefined) edits.push([[...path, key], wanted]);
      else walk(old, wanted, [...path, key], edits);
    }
    return;
  }
  if (Array.isArray(from) && Array.isArray(to) && from.length === to.length) {
    const wanted = to as readonly Json[];
    (from as readonly Json[]).forEach((item, at) => {
      walk(item, wanted[at] ?? null, [...path, at], edits);
    });
    return;
  }
  edits.push([path, to]);
}

/** The changes that make one value of another. */
export function editsFrom(from: Json, to: Json): Edit[] {
  const edits: Edit[] = [];
  walk(from, to, [], edits);
  return edits;
}

function edited(value: Json | undefined, [path, wanted]: Edit): Json | undefined {
  const [key, ...rest] = path;
  if (key === undefined) return wanted;
  if (Array.isArray(value)) {
    const list = value as readonly Json[];
    return list.map((item, at) =>
      at === key ? (edited(item, [rest, wanted as Json]) ?? null) : item,
    );
  }
  const object: JsonObject = value !== undefined && isObject(value) ? value : {};
  const edit: Edit = wanted === undefined ? [rest] : [rest, wanted];
  const inner = edited(object[key], edit);
  const others = Object.fromEntries(Object.entries(object).filter(([name]) => name !== key));
  return inner === undefined ? others : { ...others, [key]: inner };
}

/** The value with these changes made. */
export function withEdits(value: Json, edits: readonly Edit[]): Json {
  return edits.reduce<Json>((made, edit) => edited(made, edit) ?? null, value);
}
