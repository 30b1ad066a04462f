import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { Catalog } from '../../activities/catalog.js';
import { dataFileProblem } from '../../core/definition/data-files.js';
import { loadProject, type Files } from '../../core/definition/loader.js';
import { formatProblem } from '../../core/definition/problem.js';
import { runbookSchema } from '../../core/definition/runbook.js';
import { inSource, parseWith } from '../../core/definition/schema.js';
import { readSource } from '../../core/definition/source.js';
import { validateRunbook } from '../../core/definition/validate.js';
import { plugins } from '../../plugins/index.js';
import { environmentSchema, machineSchema } from '../../plugins/vagrant/input.js';
import { vagrantfile } from '../../plugins/vagrant/vagrantfile.js';

const folder = fileURLToPath(new URL('../../labs/vagrant-frr', import.meta.url));
const files: Files = {
  read: (path) => (existsSync(path) ? readFileSync(path, 'utf8') : null),
  list: (path) => (existsSync(path) ? readdirSync(path).sort() : []),
  resolve,
};
const { inventory } = loadProject(files, folder, {
  state: '/srv/state',
  cache: '/srv/cache',
  package: '/srv/package',
  id: '01ab23cd',
});
const catalog = new Catalog(plugins);
const runbooks = files.list(resolve(folder, 'runbooks')).map((file) => basename(file, '.yaml'));
const made = (inventory.groups['machines'] ?? []).map((name) =>
  machineSchema.parse(inventory.hosts[name]?.machine),
);

describe('the lab vagrant-frr', () => {
  test.each(runbooks)('its runbook %s has no problems', (name) => {
    const path = resolve(folder, 'runbooks', `${name}.yaml`);
    const source = readSource(path, files.read(path) ?? '');
    if (!('value' in source)) throw new Error(source.map(formatProblem).join('\n'));
    const parsed = parseWith(runbookSchema, source.value, inSource(source));
    if ('problems' in parsed) throw new Error(parsed.problems.map(formatProblem).join('\n'));
    const problems = validateRunbook(source, parsed.value, {
      action: (action) => catalog.find(action),
      actionNames: catalog.names,
      runbook: () => null,
      runbookNames: runbooks,
      inventory,
      dataFile: (file) => dataFileProblem(files, folder, file),
    });
    expect(problems.map(formatProblem)).toEqual([]);
  });

  test('every host is made with the address by which it is reached', () => {
    expect(made.map(({ name }) => name)).toEqual(['node', 'router']);
    for (const { name, nics } of made) {
      const addresses = nics.map(({ address }) => address.split('/')[0]);
      expect(addresses).toContain(inventory.hosts[name]?.address);
    }
  });

  test('the Vagrantfile comes from the inventory', () => {
    const lab = inventory.hosts['local']?.vars['lab'] as object;
    const text = vagrantfile(environmentSchema.parse({ ...lab, box: 'a/b', machines: made }));
    for (const part of ['192.168.10.200', '192.168.20.200', '192.168.20.100']) {
      expect(text).toContain(`ip: '${part}'`);
    }
    expect(text).toContain("libvirt__host_ip: '192.168.10.1'");
    expect(text).toContain("libvirt.default_prefix = 'rb-01ab23cd-'");
  });

  test('the node’s way leads through the router, which is in its own network', () => {
    const routes = inventory.hosts['node']?.vars['routes'];
    const router = made.find(({ name }) => name === 'router');
    expect(router?.nics.map(({ address }) => address.split('/')[0])).toContain('192.168.20.200');
    expect(routes).toEqual({ to: '192.168.10.0/24', via: '192.168.20.200' });
  });
});
