import { isObject } from '../../../core/json.js';

/** Parts of the agent that must be well; those that are switched off say Disabled. */
const parts = ['cilium', 'kubernetes', 'kvstore', 'container-runtime', 'cni-file'] as const;

/**
 * What is wrong by `cilium-dbg status -o json`, for people; null: nothing.
 * @throws TypeError when it is something else.
 */
export function parseStatus(answer: unknown): string | null {
  if (!isObject(answer) || !isObject(answer['cilium'])) throw new TypeError('not a status');
  for (const name of parts) {
    const part = answer[name];
    if (!isObject(part)) continue;
    const { state, msg } = part;
    if (state === 'Ok' || state === 'Disabled') continue;
    return `${name} is ${String(state)}${typeof msg === 'string' && msg !== '' ? `: ${msg}` : ''}`;
  }
  return null;
}

/**
 * Modules that are degraded, of `cilium-dbg metrics list -o json`; null where this version does not
 * count them.
 * @throws TypeError when it is something else.
 */
export function parseDegraded(answer: unknown): number | null {
  if (!Array.isArray(answer)) throw new TypeError('not a list of metrics');
  const counts = answer
    .filter(isObject)
    .filter(({ name }) => typeof name === 'string' && name.endsWith('_hive_status'));
  if (counts.length === 0) return null;
  return counts
    .filter(({ labels }) => isObject(labels) && labels['status'] === 'degraded')
    .reduce((sum, { value }) => sum + (typeof value === 'number' ? value : 0), 0);
}

/**
 * Names of degraded modules with what they say, of the tree that `cilium-dbg shell -- health` and
 * `cilium-dbg status --verbose` draw; the agent tells them in no other form.
 */
export function degradedModules(text: string): string[] {
  const found: string[] = [];
  const path: string[] = [];
  for (const line of text.split('\n')) {
    const module = /^(.*?[├└]── )(\S.*?)(?: +\[(OK|DEGRADED|STOPPED|UNKNOWN)\] ?(.*))?$/.exec(line);
    if (module === null) continue;
    const [, indent = '', name = '', state, said = ''] = module;
    const depth = Math.floor(indent.length / 4);
    path.length = Math.min(path.length, depth);
    path[depth] = name;
    if (state !== 'DEGRADED') continue;
    const parent = path
      .slice(0, depth)
      .filter((part) => part !== undefined)
      .at(-1);
    const place = parent === undefined ? name : `${parent}/${name}`;
    // What it says ends with its age and count: "(36s, x1)".
    const text = said.replace(/\s*\([^()]*, x\d+\)\s*$/, '');
    found.push(text === '' ? place : `${place}: ${text}`);
  }
  return found;
}
