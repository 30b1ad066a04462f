import { describe, expect, test as jestTest } from '@jest/globals';
import { linuxBootRoute } from '../../../plugins/linux/boot-route.js';
import { fileOf, slugOf } from '../../../plugins/linux/boot-route/file.js';
import { parseKeeper, type Keeper } from '../../../plugins/linux/boot-route/keeper.js';
import { attempt } from '../../laws/attempt.js';
import { laws } from '../../laws.js';
import { needs } from '../../needs.js';
import { sandboxNeeds } from '../../targets/sandbox.js';
import { createStage } from '../../targets/situation.js';
import { treeScript } from '../../targets/tree.js';

const test = needs(sandboxNeeds);

/** A machine with one interface, and no one who would bring it up at boot. */
const clean = `
rm -rf /etc/netplan /etc/network /etc/systemd/network /run/systemd/netif /usr/local/bin/netplan
rm -f /etc/systemd/system/*.wants/networking.service
mkdir -p /etc/systemd/network
ip link show lan0 >/dev/null 2>&1 || {
ip link add lan0 type veth peer name lan1; ip link set lan0 up; ip link set lan1 up
ip addr add 10.9.0.1/24 dev lan0; }`;
const look = ['/etc/netplan', '/etc/network', '/etc/systemd/network'].map(treeScript).join('\n');
const stage = createStage(clean, look);

const ifupdown = `mkdir -p /etc/network/if-up.d /etc/systemd/system/multi-user.target.wants
ln -sf /lib/systemd/system/networking.service /etc/systemd/system/multi-user.target.wants/`;
const networkd = `mkdir -p /run/systemd/netif/links
echo NETWORK_FILE=/etc/systemd/network/10-lan.network > /run/systemd/netif/links/$(cat /sys/class/net/lan0/ifindex)`;
const netplan = `mkdir -p /etc/netplan; echo 'network: {version: 2}' > /etc/netplan/50-lab.yaml
cat > /usr/local/bin/netplan <<'X'
#!/bin/sh
[ "$*" = "get ethernets.lan0" ] && echo 'addresses: [10.9.0.1/24]' || echo null
X
chmod 755 /usr/local/bin/netplan`;
const input = { to: '172.20.0.0/16', via: '10.9.0.200' };

laws(linuxBootRoute, {
  test,
  cases: [
    stage.situation('ifupdown', ifupdown, input),
    stage.situation('systemd-networkd', networkd, input, { deaths: false }),
    stage.situation(
      'netplan, which has networkd beside it',
      `${netplan}\n${networkd}`,
      { ...input, metric: 50 },
      { deaths: false },
    ),
    stage.situation(
      'a file of that name with another gateway',
      `${ifupdown}\nprintf '#!/bin/sh\\nexit 0\\n' > /etc/network/if-up.d/90-runbook-route-172-20-0-0-16`,
      input,
      { deaths: false },
    ),
  ],
  bad: [
    { title: 'no gateway', input: { to: '172.20.0.0/16' } },
    { title: 'host bits', input: { to: '172.20.0.1/16', via: '10.9.0.200' } },
    { title: 'another family', input: { to: '172.20.0.0/16', via: 'fd00::1' } },
    { title: 'a gateway that is none', input: { to: '172.20.0.0/16', via: '$(reboot)' } },
    { title: 'an interface for the shell', input: { ...input, dev: 'a;b' } },
    { title: 'an unknown field', input: { ...input, table: 100 } },
  ],
});

async function checked(script: string, given: object): Promise<unknown> {
  const { sh, open } = await stage.sandbox();
  await sh(`${clean}\n${script}`);
  const world = { target: open, input: given, cleanup: () => Promise.resolve() };
  return attempt(linuxBootRoute, world).check();
}

describe('linux.boot-route', () => {
  test('a machine whose interface nobody brings up is refused', async () => {
    await expect(checked(':', input)).rejects.toMatchObject({
      code: 'refused',
      message: expect.stringMatching(
        /: neither netplan nor systemd-networkd nor ifupdown brings lan0 up at boot$/,
      ),
    });
  });

  test('so is an interface that is not there, and a gateway without a way', async () => {
    await expect(checked(ifupdown, { ...input, dev: 'lan9' })).rejects.toMatchObject({
      code: 'refused',
      message: expect.stringContaining('there is no interface lan9'),
    });
    await expect(checked(ifupdown, { ...input, via: '10.77.0.1' })).rejects.toMatchObject({
      code: 'refused',
      message: expect.stringContaining('there is no way to 10.77.0.1'),
    });
  });

  test('the hook of ifupdown makes the route for its interface and at the end, and fails nothing', async () => {
    const { sh, open } = await stage.sandbox();
    await sh(`${clean}\n${ifupdown}`);
    const world = { target: open, input, cleanup: () => Promise.resolve() };
    const { before } = await attempt(linuxBootRoute, world).check();
    await attempt(linuxBootRoute, world).apply(before);
    const hook = '/etc/network/if-up.d/90-runbook-route-172-20-0-0-16';
    const shown = `ip -N -j route show exact 172.20.0.0/16; ip route flush proto 200`;
    expect(await sh(`IFACE=lo ${hook}; ${shown}`)).toBe('[]\n');
    const made = expect.stringContaining('"gateway":"10.9.0.200","dev":"lan0","protocol":"200"');
    expect(await sh(`IFACE=lan0 ${hook}; ${shown}`)).toEqual(made);
    expect(await sh(`IFACE=--all ${hook}; ${shown}`)).toEqual(made);
    await sh(`ip link set lan0 down; IFACE=--all ${hook} 2>/dev/null; ip link set lan0 up`);
  });
});

describe('files for the boot', () => {
  const route = { to: 'default', via: '10.9.0.200', metric: 50 };
  const keeper = (kind: Keeper['kind'], detail = ''): Keeper => ({ kind, dev: 'eth1', detail });

  jestTest('netplan', () => {
    const { path, wanted } = fileOf(route, keeper('netplan', 'vlans'));
    expect(path).toBe('/etc/netplan/90-runbook-route-default-50.yaml');
    expect(wanted).toMatchObject({
      mode: '0600',
      text: `network:
  version: 2
  vlans:
    "eth1":
      routes:
        - to: "default"
          via: "10.9.0.200"
          metric: 50
`,
    });
  });

  jestTest('networkd', () => {
    const { path, wanted } = fileOf(route, keeper('networkd', '10-lan.network'));
    expect(path).toBe('/etc/systemd/network/10-lan.network.d/90-runbook-route-default-50.conf');
    expect(wanted).toMatchObject({
      text: '[Route]\nDestination=0.0.0.0/0\nGateway=10.9.0.200\nMetric=50\n',
    });
  });

  jestTest('names that run-parts runs', () => {
    expect(slugOf({ to: 'fd00:20::/32', via: 'fd00::1' })).toMatch(/^[A-Za-z0-9-]+$/);
  });

  jestTest('what is not the answer of the script is not taken for one', () => {
    expect(() => parseKeeper('h1', 'Last login: today\n')).toThrow('cannot be told');
    expect(() => parseKeeper('h1', 'ifupdown a;b\n')).toThrow('cannot be told');
  });
});
