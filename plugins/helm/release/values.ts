import { isObject, sameJson, type Json, type JsonObject } from '../../../core/json.js';

/** A value as it may be shown: numbers and switches as they are, texts may be secret. */
function show(value: Json | undefined): string {
  if (value === undefined) return 'absent';
  if (value === null || typeof value === 'boolean' || typeof value === 'number') {
    return String(value);
  }
  return '…';
}

/** Where two sets of values differ, such as `bgpControlPlane.statusReport.enabled: true → false`. */
export function differing(is: JsonObject, wanted: JsonObject, path = ''): string[] {
  const names = [...new Set([...Object.keys(is), ...Object.keys(wanted)])].sort();
  return names.flatMap((name) => {
    const [a, b] = [is[name], wanted[name]];
    const here = path === '' ? name : `${path}.${name}`;
    if (isObject(a) && isObject(b)) return differing(a, b, here);
    const same = a === undefined || b === undefined ? a === b : sameJson(a, b);
    return same ? [] : [`${here}: ${show(a)} → ${show(b)}`];
  });
}

/** Values laid over others: maps into maps, anything else in the place of what was there. */
export function merged(under: JsonObject, over: JsonObject): JsonObject {
  const names = [...new Set([...Object.keys(under), ...Object.keys(over)])];
  return Object.fromEntries(
    names.flatMap((name): [string, Json][] => {
      const [a, b] = [under[name], over[name]];
      if (isObject(a) && isObject(b)) return [[name, merged(a, b)]];
      const value = b === undefined ? a : b;
      return value === undefined ? [] : [[name, value]];
    }),
  );
}
