import { isObject, sameJson, type JsonObject } from '../json.js';

/** Parts of a definition whose members have an id each. */
const lists = ['guards', 'probes', 'steps', 'finally'];

function byId(list: unknown): Map<string, unknown> {
  const members = Array.isArray(list) ? list.filter(isObject) : [];
  return new Map(members.map((member) => [String(member['id']), member]));
}

function inList(key: string, was: unknown, is: unknown): string[] {
  const old = byId(was);
  const fresh = byId(is);
  const ids = [...new Set([...fresh.keys(), ...old.keys()])];
  const words = ids.flatMap((id) => {
    if (!fresh.has(id)) return `${key}: ${id} is gone`;
    if (!old.has(id)) return `${key}: ${id} is new`;
    return sameJson(old.get(id), fresh.get(id)) ? [] : `${key}: ${id} is another`;
  });
  return words.length === 0 ? [`${key} stand in another order`] : words;
}

/** What two definitions differ in, in one line; empty where they are equal. */
export function changedWords(was: JsonObject, is: JsonObject): string {
  const keys = [...new Set([...Object.keys(is), ...Object.keys(was)])];
  return keys
    .filter((key) => !sameJson(was[key], is[key]))
    .flatMap((key) => (lists.includes(key) ? inList(key, was[key], is[key]) : `${key} is another`))
    .join('; ');
}
