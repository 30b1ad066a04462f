import type { AnyAction, Plugin } from '../core/action.js';
import type { Runbook, Step } from '../core/definition/runbook.js';
import { innerSteps } from '../core/run/kinds.js';

/** Every plugin of the package. */
export async function allPlugins(): Promise<readonly Plugin[]> {
  return (await import('../plugins/index.js')).plugins;
}

/** Actions that a runbook names. */
export function namedActions(runbook: Runbook): Set<string> {
  const found = new Set<string>();
  const visit = (step: Step): void => {
    if ('action' in step) found.add(step.action);
    if ('wait' in step) found.add(step.wait);
    for (const inner of innerSteps(step)) visit(inner);
  };
  for (const step of [...runbook.steps, ...(runbook.finally ?? [])]) visit(step);
  for (const { action } of [...(runbook.guards ?? []), ...(runbook.probes ?? [])])
    found.add(action);
  return found;
}

/** The plugin of this name by its folder, without loading the others; null where there is none. */
async function onePlugin(name: string): Promise<Plugin | null> {
  if (!/^[a-z][a-z0-9-]*$/.test(name)) return null;
  try {
    const module = (await import(`../plugins/${name}/index.js`)) as Record<string, unknown>;
    const found = Object.values(module).find(
      (value): value is Plugin =>
        typeof value === 'object' && value !== null && 'actions' in value && 'summary' in value,
    );
    return found ?? null;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_MODULE_NOT_FOUND') return null;
    throw error;
  }
}

/** Actions by name. */
export type Actions = ReadonlyMap<string, AnyAction>;

function byName(plugins: readonly Plugin[]): Actions {
  return new Map(
    plugins.flatMap((plugin) => plugin.actions).map((action) => [action.name, action]),
  );
}

/** The actions that some runbooks name, from their own plugins alone; null where one is not found so. */
export async function actionsFor(names: ReadonlySet<string>): Promise<Actions | null> {
  const wanted = [...new Set([...names].map((name) => name.split('.')[0] ?? ''))];
  const plugins = await Promise.all(wanted.map(onePlugin));
  if (plugins.includes(null)) return null;
  const actions = byName(plugins.filter((plugin) => plugin !== null));
  return [...names].every((name) => actions.has(name)) ? actions : null;
}

/** All actions. */
export async function allActions(): Promise<Actions> {
  return byName(await allPlugins());
}
