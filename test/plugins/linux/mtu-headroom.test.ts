import { expect, test } from '@jest/globals';
import { linuxMtuHeadroom, parseMtus } from '../../../plugins/linux/mtu-headroom.js';
import { laws, type LawCase } from '../../laws.js';
import { needs } from '../../needs.js';
import { sandboxNeeds } from '../../targets/sandbox.js';
import { createStage } from '../../targets/situation.js';

const clean = 'ip link del lan0 2>/dev/null || :; ip link del lxcpod 2>/dev/null || :';
const stage = createStage(clean, 'ip -j link show');
const links = (mtu: number): string => `ip link add lan0 mtu ${mtu} type veth peer name lan1
ip link add lxcpod mtu 1450 type veth peer name pod0`;
const situation = (
  title: string,
  script: string,
  more: object,
  finds: NonNullable<LawCase['finds']>,
) => stage.situation(title, script, { device: 'lan0', bytes: 50, ...more }, { finds });

laws(linuxMtuHeadroom, {
  test: needs(sandboxNeeds),
  cases: [
    situation('just enough', links(1500), {}, 'nothing'),
    situation('a byte too little', links(1499), {}, 'drift'),
    situation('nothing to encapsulate', links(1300), { over: 'veth' }, 'nothing'),
    situation('no such device', ':', {}, 'drift'),
  ],
  bad: [
    { title: 'no bytes', input: { device: 'lan0' } },
    { title: 'fewer than none', input: { device: 'lan0', bytes: -1 } },
    { title: 'an option', input: { device: '-j', bytes: 50 } },
  ],
});

test('the sizes of interfaces, and nothing else, are read', () => {
  expect(parseMtus([{ ifname: 'eth1', mtu: 1500, group: 'default' }])).toEqual(
    new Map([['eth1', 1500]]),
  );
  expect(() => parseMtus({})).toThrow(TypeError);
  expect(() => parseMtus([{ ifname: 'eth1' }])).toThrow(TypeError);
});
