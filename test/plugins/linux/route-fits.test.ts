import { expect, test as jestTest } from '@jest/globals';
import { overlaps } from '../../../plugins/linux/address.js';
import { linuxRouteFits } from '../../../plugins/linux/route-fits.js';
import { laws } from '../../laws.js';
import { needs } from '../../needs.js';
import { sandboxNeeds } from '../../targets/sandbox.js';
import { createStage } from '../../targets/situation.js';

const clean = `ip link show lan0 >/dev/null 2>&1 || {
ip link add lan0 type veth peer name lan1; ip link set lan0 up; ip link set lan1 up
ip addr add 10.9.0.1/24 dev lan0; ip route add 10.77.0.0/16 via 10.9.0.3; }`;
const stage = createStage(clean, 'ip -j route');
const input = { to: '172.20.0.0/16', via: '10.9.0.200', apart: ['10.9.0.0/24', '10.96.0.0/16'] };

laws(linuxRouteFits, {
  test: needs(sandboxNeeds),
  cases: [
    stage.situation('a gateway on the link', ':', input, { finds: 'nothing' }),
    stage.situation('a gateway behind another', ':', { ...input, via: '10.77.0.1' }),
    stage.situation('a gateway without a way', ':', { ...input, via: '192.0.2.1' }),
    stage.situation('the machine itself as a gateway', ':', { ...input, via: '10.9.0.1' }),
    stage.situation('a network of nodes inside', ':', { ...input, to: '10.0.0.0/8' }),
    stage.situation('inside a network of services', ':', { ...input, to: '10.96.3.0/24' }),
    stage.situation('a gateway inside', ':', { ...input, to: '10.9.0.0/24', apart: [] }),
  ],
  bad: [
    { title: 'default', input: { ...input, to: 'default' } },
    { title: 'host bits', input: { ...input, to: '172.20.0.1/16' } },
    { title: 'another family', input: { ...input, via: 'fd00::1' } },
    { title: 'a name to stay apart from', input: { ...input, apart: ['services'] } },
    { title: 'an unknown field', input: { ...input, dev: 'lan0' } },
  ],
});

jestTest('networks that touch', () => {
  expect(overlaps('10.0.0.0/8', '10.9.0.0/24')).toBe(true);
  expect(overlaps('10.9.0.7', '10.9.0.0/24')).toBe(true);
  expect(overlaps('10.9.1.0/24', '10.9.0.0/24')).toBe(false);
  expect(overlaps('fd00::/16', '10.9.0.0/24')).toBe(false);
});
