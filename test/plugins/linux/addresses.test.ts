import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { linuxAddresses } from '../../../plugins/linux/addresses.js';
import { parseInterfaces } from '../../../plugins/linux/interface-table.js';
import { laws, type LawCase } from '../../laws.js';
import { needs } from '../../needs.js';
import { sandboxNeeds } from '../../targets/sandbox.js';
import { createStage } from '../../targets/situation.js';

const clean = 'ip link del lan0 2>/dev/null || :';
const add = `ip link add lan0 type veth peer name lan1; ip addr add 10.9.0.1/24 dev lan0
ip addr add 10.9.0.7/32 dev lan0`;
const stage = createStage(clean, 'ip -j address show');
const situation = (
  title: string,
  script: string,
  has: string[],
  finds: NonNullable<LawCase['finds']>,
) => stage.situation(title, script, { has }, { finds });

laws(linuxAddresses, {
  test: needs(sandboxNeeds),
  cases: [
    situation('whatever there is', add, [], 'nothing'),
    situation('an address that is there', `${add}; ip link set lan0 up`, ['10.9.0.7'], 'nothing'),
    situation('its interface is down', add, ['10.9.0.1'], 'drift'),
    situation('an address that is not', `${add}; ip link set lan0 up`, ['10.9.0.9'], 'drift'),
  ],
  bad: [
    { title: 'a name', input: { has: ['router'] } },
    { title: 'a prefix', input: { has: ['10.9.0.1/24'] } },
  ],
});

test('interfaces of a node of a cluster: those of pods have no address', () => {
  const file = new URL('../../fixtures/ip/ip-j-address-k8s-w0.json', import.meta.url);
  const found = parseInterfaces(JSON.parse(readFileSync(file, 'utf8')));
  expect(found.filter(({ addresses }) => addresses.length > 0)).toEqual([
    { name: 'eth1', up: true, addresses: ['192.168.20.100/24'] },
    { name: 'cilium_host', up: true, addresses: ['172.20.1.209/32'] },
  ]);
  expect(() => parseInterfaces({})).toThrow(TypeError);
});
