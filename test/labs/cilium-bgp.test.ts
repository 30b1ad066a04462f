import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { parseAllDocuments } from 'yaml';
import { z } from 'zod';
import { loadProject, type Files } from '../../core/definition/loader.js';
import { clusterFields, registration } from '../../plugins/kubeadm/input.js';
import { machineInput } from '../../plugins/nspawn/machine/input.js';
import { networkInput } from '../../plugins/nspawn/network/input.js';
import { rootfsInput } from '../../plugins/nspawn/rootfs/input.js';

const folder = fileURLToPath(new URL('../../labs/cilium-bgp', import.meta.url));
const files: Files = {
  read: (path) => (existsSync(path) ? readFileSync(path, 'utf8') : null),
  list: (path) => (existsSync(path) ? readdirSync(path).sort() : []),
  resolve,
};
const project = loadProject(files, folder, {
  state: '/srv/state',
  cache: '/srv/cache',
  package: '/srv/package',
  id: '01ab23cd',
});
const { inventory } = project;
const machines = Object.values(inventory.hosts).filter(({ machine }) => machine !== null);

const labFacts = z.object({ rootfs: z.unknown(), network: z.unknown() });

describe('the lab cilium-bgp', () => {
  test('has the machines of the seed', () => {
    const addresses = machines.map(({ name, address }) => [name, address]);
    expect(Object.fromEntries(addresses)).toEqual({
      'k8s-ctr': '192.168.10.100',
      'k8s-w1': '192.168.10.101',
      'k8s-w0': '192.168.20.100',
      router: '192.168.10.200',
    });
    expect(inventory.groups).toMatchObject({
      nodes: ['k8s-ctr', 'k8s-w0', 'k8s-w1'],
      workers: ['k8s-w0', 'k8s-w1'],
      routers: ['router'],
    });
  });

  test('is reached within namespaces of its own', () => {
    for (const { via } of machines) expect(via).toBe('netns/rb-01ab23cd');
    expect(inventory.hosts['client']).toMatchObject({
      address: null,
      via: 'netns/rb-01ab23cd-client',
    });
  });

  test('every machine, the network and the root file system fit their actions', () => {
    const { rootfs, network } = labFacts.parse(inventory.hosts['local']?.vars['lab']);
    const fabric = networkInput.parse(network);
    const { dir, base, hosts } = rootfsInput.parse(rootfs);
    for (const { name, address, machine } of machines) {
      const input = machineInput.parse(machine);
      expect(input).toMatchObject({ name, prefix: fabric.prefix, layers: [dir, base] });
      expect(input.nics[0]?.address).toBe(`${address}/24`);
      expect(hosts[name]).toBe(address);
      const bridges = input.nics.map(({ bridge }) => bridge);
      expect(fabric.bridges.map((bridge) => bridge.name)).toEqual(expect.arrayContaining(bridges));
    }
  });

  test('what it says of Kubernetes fits the actions of kubeadm', () => {
    const vars = inventory.clusters['lab']?.vars;
    z.strictObject(clusterFields).parse(vars?.['kubeadm']);
    const join = { ...(vars?.['join'] as object), nodeName: 'k8s-w0', nodeIp: '192.168.20.100' };
    z.strictObject(registration).parse(join);
  });

  test.each(['values.yaml', 'bgp.yaml', 'webpod.yaml'])('%s is YAML', (name) => {
    for (const document of parseAllDocuments(readFileSync(`${folder}/${name}`, 'utf8'))) {
      expect(document.errors).toEqual([]);
      expect(document.toJS()).toBeInstanceOf(Object);
    }
  });

  test('the router knows every node', () => {
    const frr = readFileSync(`${folder}/frr.conf`, 'utf8');
    for (const { name, vars } of machines.filter(({ groups }) => groups.includes('nodes'))) {
      const address = vars['bgpAddress'];
      expect([name, frr.includes(` neighbor ${String(address)} peer-group CILIUM\n`)]).toEqual([
        name,
        true,
      ]);
    }
  });
});
