import type { Part } from './part.js';
import { PartError } from './part-error.js';

/** The wanted parts and all they need, each after what it needs. The order of `all` decides where need does not. */
export function inOrder(all: readonly Part[], wanted: readonly string[]): readonly Part[] {
  const byName = new Map(all.map((part) => [part.name, part]));
  const unknown = wanted.filter((name) => !byName.has(name));
  if (unknown.length > 0) {
    throw new PartError(`no such part: ${unknown.join(', ')}`, {
      hint: `the parts are ${all.map((part) => part.name).join(', ')}`,
    });
  }
  const included = new Set<string>();
  const include = (name: string): void => {
    if (included.has(name)) return;
    included.add(name);
    byName.get(name)?.needs.forEach(include);
  };
  wanted.forEach(include);
  const ordered: Part[] = [];
  const place = (part: Part): void => {
    if (ordered.includes(part)) return;
    for (const name of part.needs) {
      const need = byName.get(name);
      if (need === undefined)
        throw new Error(`part ${part.name} needs ${name}, which is not a part`);
      place(need);
    }
    ordered.push(part);
  };
  all.filter((part) => included.has(part.name)).forEach(place);
  return ordered;
}

/** The parts that read one of the named ones, directly or not. */
export function readersOf(all: readonly Part[], names: readonly string[]): readonly Part[] {
  return all.filter((part) => {
    const needed = inOrder(all, [part.name]).filter((each) => each !== part);
    return needed.some((each) => names.includes(each.name));
  });
}
