import type { AnyAction, Plugin } from '../core/action.js';

/** Every plugin of the package. */
export async function allPlugins(): Promise<readonly Plugin[]> {
  return (await import('../plugins/index.js')).plugins;
}

/** Each plugin by its name, loaded when it is asked for. */
export const loaders: Readonly<Record<string, () => Promise<Plugin>>> = {
  linux: async () => (await import('../plugins/linux/index.js')).linux,
  http: async () => (await import('../plugins/http/index.js')).http,
  kube: async () => (await import('../plugins/kube/index.js')).kube,
  kubeadm: async () => (await import('../plugins/kubeadm/index.js')).kubeadm,
  containerd: async () => (await import('../plugins/containerd/index.js')).containerd,
  helm: async () => (await import('../plugins/helm/index.js')).helm,
  cilium: async () => (await import('../plugins/cilium/index.js')).cilium,
  frr: async () => (await import('../plugins/frr/index.js')).frr,
  capture: async () => (await import('../plugins/capture/index.js')).capture,
  nspawn: async () => (await import('../plugins/nspawn/index.js')).nspawn,
};

/** The plugin of this name, without loading the others; null where there is none. */
async function onePlugin(name: string): Promise<Plugin | null> {
  return Object.hasOwn(loaders, name) ? ((await loaders[name]?.()) ?? null) : null;
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
