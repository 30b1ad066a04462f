import { describe, expect, it } from '@jest/globals';
import { actionsFor, allPlugins, loaders } from '../../client/plugins.js';

describe('plugins that are loaded by name', () => {
  it('are all that there are, each under its own name', async () => {
    const plugins = await allPlugins();
    expect(Object.keys(loaders)).toEqual(plugins.map((plugin) => plugin.name));
    for (const plugin of plugins) expect(await loaders[plugin.name]?.()).toBe(plugin);
  });

  it('give the actions of the plugins that are named, and of no other', async () => {
    const actions = await actionsFor(new Set(['linux.file', 'http.probe']));
    expect([...(actions?.keys() ?? [])].map((name) => name.split('.')[0])).toEqual(
      expect.arrayContaining(['linux', 'http']),
    );
    expect(actions?.has('kube.label')).toBe(false);
  });

  it('give nothing where a name is not known, nor for what every object has', async () => {
    expect(await actionsFor(new Set(['linux.nothing']))).toBeNull();
    expect(await actionsFor(new Set(['nothing.file']))).toBeNull();
    expect(await actionsFor(new Set(['constructor.file']))).toBeNull();
  });
});
