import type { AnyAction, Plugin } from '../core/action.js';

/** Every plugin of the package. */
export async function allPlugins(): Promise<readonly Plugin[]> {
  return (await import('../plugins/index.js')).plugins;
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
