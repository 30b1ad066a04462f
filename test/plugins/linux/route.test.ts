import { describe, expect } from '@jest/globals';
import { linuxRoute } from '../../../plugins/linux/route.js';
import { attempt } from '../../laws/attempt.js';
import { laws } from '../../laws.js';
import { needs } from '../../needs.js';
import { sandboxNeeds } from '../../targets/sandbox.js';
import { createStage } from '../../targets/situation.js';

const test = needs(sandboxNeeds);
const clean = `
for t in main 100; do for f in -4 -6; do ip $f route flush table $t proto boot; ip $f route flush table $t proto static
ip $f route flush table $t proto 200; ip $f route flush table $t proto 186; done; done 2>/dev/null || :
ip link show lan0 >/dev/null 2>&1 || {
ip link add lan0 type veth peer name lan1; ip link set lan0 up; ip link set lan1 up
ip addr add 10.9.0.1/24 dev lan0; ip -6 addr add fd00:9::1/64 dev lan0 nodad; }`;
const look = `ip -4 -N -d -j route show table all type unicast
ip -4 -N -d -j route show type blackhole
ip -6 -N -d -j route show table all type unicast`;
const stage = createStage(clean, look);
const pods = '172.20.0.0/16';
const via = '10.9.0.200';

laws(linuxRoute, {
  test,
  cases: [
    stage.situation(
      'one gateway, and later another',
      `ip route add ${pods} via 10.9.0.3 proto static`,
      { to: pods, via },
      { deaths: false, later: { to: pods, via: '10.9.0.201', metric: 0 } },
    ),
    stage.situation('no route', ':', { to: pods, via }),
    stage.situation(
      'no route, by interface alone',
      ':',
      { to: '10.50.0.7', dev: 'lan0' },
      { deaths: false },
    ),
    stage.situation('another gateway', `ip route add ${pods} via 10.9.0.3 proto static`, {
      to: pods,
      via,
      addresses: ['172.20.1.1', '172.20.255.1'],
    }),
    stage.situation(
      'a route with everything that we can put back',
      `ip route add ${pods} via 10.77.0.1 dev lan0 onlink src 10.9.0.1 mtu 1400 proto static`,
      { to: pods, via },
    ),
    stage.situation(
      'several next hops',
      `ip route add ${pods} proto boot nexthop via 10.9.0.3 weight 2 nexthop via 10.9.0.4`,
      { to: pods, via, dev: 'lan0' },
    ),
    stage.situation(
      'a blackhole',
      `ip route add blackhole ${pods}`,
      { to: pods, via },
      { deaths: false },
    ),
    stage.situation(
      'beside one with another metric',
      `ip route add ${pods} via 10.9.0.3 metric 50`,
      {
        to: pods,
        via,
        metric: 20,
      },
      { deaths: false },
    ),
    stage.situation(
      'the default route, in a table of its own',
      ':',
      {
        to: 'default',
        via,
        table: 100,
      },
      { deaths: false },
    ),
    stage.situation(
      'IPv6',
      'ip -6 route add fd01::/64 via fd00:9::3',
      {
        to: 'fd01::/64',
        via: 'FD00:9:0::0200',
      },
      { deaths: false },
    ),
    stage.situation(
      'IPv6 of several next hops, with a metric',
      'ip -6 route add fd01::/64 metric 20 nexthop via fd00:9::3 nexthop via fd00:9::4',
      { to: 'fd01::/64', via: 'fd00:9::200', metric: 20 },
    ),
    stage.situation(
      'the route wanted, made by somebody else',
      `ip route add ${pods} via ${via} proto static`,
      { to: pods, via },
      { finds: 'nothing' },
    ),
    stage.situation(
      'the route wanted, with a better one inside',
      `ip route add ${pods} via ${via} proto static; ip route add 172.20.0.0/24 via 10.9.0.9`,
      { to: pods, via },
      { finds: 'nothing' },
    ),
  ],
  bad: [
    { title: 'neither via nor dev', input: { to: pods } },
    { title: 'no prefix', input: { to: 'pods', via } },
    { title: 'host bits', input: { to: '172.20.0.1/16', via } },
    { title: 'host bits of IPv6', input: { to: 'fd01::1/64', via: 'fd00::1' } },
    { title: 'a long prefix', input: { to: '172.20.0.0/33', via } },
    { title: 'an option', input: { to: '-6', via } },
    { title: 'a name for a gateway', input: { to: pods, via: 'router' } },
    { title: 'a gateway of the other family', input: { to: pods, via: 'fd00::1' } },
    { title: 'an interface that is an option', input: { to: pods, dev: '-h' } },
    { title: 'a long interface', input: { to: pods, dev: 'x'.repeat(16) } },
    { title: 'an address outside', input: { to: pods, via, addresses: ['10.0.0.1'] } },
    { title: 'an address of the other family', input: { to: 'default', via, addresses: ['::1'] } },
    { title: 'a table by name', input: { to: pods, via, table: 'main' } },
  ],
});

describe('linux.route', () => {
  async function on(input: object, script = ':') {
    const sandbox = await stage.sandbox();
    await sandbox.sh(`${clean}\n${script}`);
    const world = { target: sandbox.open, input, cleanup: () => Promise.resolve() };
    return { sandbox, worker: attempt(linuxRoute, world) };
  }

  test('tells what is there and what is wanted', async () => {
    const none = await on({ to: pods, via });
    expect(await none.worker.check()).toEqual({
      before: { route: null },
      drift: `no route to ${pods} (wanted: via ${via})`,
      output: { via: null, dev: null, protocol: null },
    });
    const two = await on(
      { to: pods, via },
      `ip route add ${pods} nexthop via 10.9.0.3 nexthop via 10.9.0.4`,
    );
    expect((await two.worker.check()).drift).toBe(
      `${pods} goes via 10.9.0.3 dev lan0 and via 10.9.0.4 dev lan0 (wanted: via ${via})`,
    );
  });

  test('a route of a routing daemon is not replaced', async () => {
    const { worker } = await on({ to: pods, via }, `ip route add ${pods} via 10.9.0.3 proto 186`);
    await expect(worker.check()).rejects.toMatchObject({
      code: 'refused',
      message: expect.stringContaining('belongs to protocol 186'),
    });
  });

  test('a connected network is not replaced', async () => {
    const { worker } = await on({ to: '10.9.0.0/24', via });
    await expect(worker.check()).rejects.toMatchObject({ code: 'refused' });
  });

  test('a route that could not be put back exactly is not replaced', async () => {
    const { worker } = await on(
      { to: pods, via },
      `ip route add ${pods} via 10.9.0.3 advmss 1300 initcwnd 20 proto static`,
    );
    await expect(worker.check()).rejects.toMatchObject({
      code: 'refused',
      message: expect.stringMatching(/could not be put back exactly: .*advmss.*initcwnd/),
    });
  });

  test('a route in place that packets do not take is drift', async () => {
    const input = { to: pods, via, metric: 50 };
    const better = `ip route add ${pods} via ${via} metric 50; ip route add ${pods} via 10.9.0.3 metric 10`;
    const { worker } = await on(input, better);
    expect((await worker.check()).drift).toBe('172.20.0.1 goes via 10.9.0.3 dev lan0');
    const inside = `ip route add ${pods} via ${via}; ip route add 172.20.1.0/24 via 10.9.0.3; ip route add blackhole 172.20.2.0/24`;
    const asked = await on(
      { to: pods, via, addresses: ['172.20.1.1', '172.20.2.1', '172.20.3.1'] },
      inside,
    );
    expect((await asked.worker.check()).drift).toMatch(
      /^172\.20\.1\.1 goes via 10\.9\.0\.3 dev lan0; 172\.20\.2\.1 has no way: /,
    );
  });

  test('undo leaves alone a route that somebody else has put in our place', async () => {
    const { worker, sandbox } = await on({ to: pods, via });
    const { before } = await worker.check();
    await worker.apply(before);
    await sandbox.sh(`ip route replace ${pods} via 10.9.0.9 proto static`);
    await expect(worker.undo(before)).rejects.toMatchObject({ code: 'undo-failed' });
    expect(await sandbox.sh(`ip route show ${pods}`)).toContain('10.9.0.9');
  });

  test('a gateway that is not on the link may come later', async () => {
    const { worker } = await on({ to: pods, via: '10.99.0.1' });
    const { before } = await worker.check();
    await expect(worker.apply(before)).rejects.toMatchObject({
      code: 'action-failed',
      class: 'transient',
    });
  });
});
