import type { HostSpec, Inventory } from '../core/definition/inventory.js';
import type { VerbAnswer, VerbRequest } from '../core/run/engine.js';
import { targetOf } from '../core/run/frame.js';
import type { ActionFacts } from '../core/run/program.js';
import type { VerbCall } from '../core/run/request.js';

/** The activity behind every `<action>.<verb>`. */
export type VerbActivity = (call: VerbCall) => Promise<VerbAnswer>;

/** The activity of that type. */
export function called(proxy: Record<string, VerbActivity>, type: string): VerbActivity {
  const activity = proxy[type];
  if (activity === undefined) throw new TypeError(`no activity ${type}`);
  return activity;
}

/** Type of the activity of a verb, as the Web UI shows it: `linux.file.apply`. */
export function typeOf({ action, verb }: VerbRequest): string {
  return `${action}.${verb}`;
}

/** What the Web UI says of a verb. */
export function summaryOf({ title, target }: VerbRequest): string {
  return short(`${title}${target === 'local' ? '' : ` on ${target}`}`);
}

/** A summary holds 400 bytes at most, on one line. */
export function short(text: string): string {
  const line = text.replace(/\s+/g, ' ');
  return line.length > 120 ? `${line.slice(0, 119)}…` : line;
}

/** Task queue of the workers that serve a target; null for the run's own. */
export function queueOf(inventory: Inventory, target: string): string | null {
  return targetOf(inventory, target)?.taskQueue ?? null;
}

/** The part of the inventory that a call needs: its target, the way there, and those its input names. */
export function slice(inventory: Inventory, request: VerbRequest, facts: ActionFacts): Inventory {
  const hosts: Record<string, HostSpec> = {};
  const clusters: Record<string, Inventory['clusters'][string]> = {};
  const add = (name: string | null | undefined): void => {
    if (name === null || name === undefined) return;
    const found = targetOf(inventory, name);
    if (found === undefined || Object.hasOwn(hosts, name) || Object.hasOwn(clusters, name)) return;
    if (found.kind === 'host') {
      hosts[name] = found;
      add(found.via);
    } else {
      clusters[name] = found;
      add(found.via);
      add(found.controlPlane);
    }
  };
  add('local');
  add(request.target);
  for (const field of facts.targetFields) {
    const named = request.input[field];
    if (typeof named === 'string') add(named);
    if (Array.isArray(named)) for (const name of named) add(String(name));
  }
  return { hosts, clusters, groups: {} };
}
