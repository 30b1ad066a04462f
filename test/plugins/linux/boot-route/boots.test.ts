import { afterAll, beforeAll, describe, expect } from '@jest/globals';
import { setTimeout as delay } from 'node:timers/promises';
import { linuxBootRoute } from '../../../../plugins/linux/boot-route.js';
import { keeperOf } from '../../../../plugins/linux/boot-route/keeper.js';
import { attempt } from '../../../laws/attempt.js';
import { lacking, needs } from '../../../needs.js';
import { createSandbox, enterCopy, sandboxNeeds, type Sandbox } from '../../../targets/sandbox.js';

const daemon = '/lib/systemd/systemd-networkd';
const real = { ...sandboxNeeds, files: [daemon] };
const test = needs(real);
const netplanTest = needs({ ...real, commands: [...sandboxNeeds.commands, 'netplan'] });

/** A first process that buries the dead: what has been ended must be gone. */
const init = `${enterCopy}echo ready\nwhile :; do sleep 3600; done\n`;

let machine: Sandbox | undefined;
beforeAll(async () => {
  if (lacking(real).length === 0) machine = await createSandbox({ name: 'boots', init });
});
afterAll(async () => {
  await machine?.stop();
});

function sandbox(): Sandbox {
  if (machine === undefined) throw new Error('there is no sandbox');
  return machine;
}

/** Ends networkd, and takes away what a machine forgets when it is off. */
const off = `
if [ -e /run/networkd.pid ]; then
  p=$(cat /run/networkd.pid); rm /run/networkd.pid
  kill "$p"; while kill -0 "$p" 2>/dev/null; do sleep 0.02; done
fi
rm -rf /run/systemd/network /run/systemd/netif; mkdir -p /run/systemd
ip link del lan0 2>/dev/null || :
# With /sys read-only networkd does not wait for udev, which is not in here.
mount -o remount,bind,ro /sys 2>/dev/null || mount --bind -o ro /sys /sys`;

/** A boot: the interface appears, netplan's generator runs where there is one, and then networkd. */
const boot = `
ip link add lan0 type veth peer name lan1; ip link set lan1 up
! ls /etc/netplan/*.yaml >/dev/null 2>&1 || netplan generate
${daemon} >/run/networkd.log 2>&1 &
echo $! > /run/networkd.pid`;

const nothing =
  'rm -rf /etc/netplan /etc/systemd/network; mkdir -p /etc/netplan /etc/systemd/network';

/** Waits until a command prints what is expected, and answers it. */
async function shown(command: string, wanted: RegExp): Promise<string> {
  let text = '';
  for (let round = 0; round < 200; round += 1) {
    text = await sandbox().sh(command);
    if (wanted.test(text)) return text;
    await delay(50);
  }
  throw new Error(
    `never: ${wanted.source}\n${text}\n${await sandbox().sh('cat /run/networkd.log')}`,
  );
}

const link = 'cat /run/systemd/netif/links/* 2>/dev/null || :';
const up = /ADDRESS_STATE=routable[^]*NETWORK_FILE=/;
const route = 'ip -j route show exact 172.20.0.0/16';

/** Has a route kept, restarts the machine, has the route given up, and restarts it again. */
async function keep(setup: string, input: object): Promise<{ output: unknown; route: string }> {
  const { sh, open } = sandbox();
  await sh(`${off}\n${nothing}\n${setup}\n${boot}`);
  await shown(link, up);
  expect(await sh(route)).toBe('[]\n');
  const action = attempt(linuxBootRoute, { target: open, input, cleanup: () => Promise.resolve() });
  const { before, output } = await action.check();
  await action.apply(before);
  expect((await action.check()).drift).toBeNull();
  // Kept, and not made now: that is for linux.route.
  expect(await sh(route)).toBe('[]\n');

  await sh(`${off}\n${boot}`);
  const made = await shown(route, /gateway/);
  // What keeps the interface is told from the new boot as well.
  expect((await action.check()).drift).toBeNull();

  await action.undo(before);
  await sh(`${off}\n${boot}`);
  await shown(link, up);
  expect(await sh(route)).toBe('[]\n');
  return { output, route: made };
}

const input = { to: '172.20.0.0/16', via: '10.9.0.200' };

describe('a route that is kept is made at the next boot, by the real tools', () => {
  test('systemd-networkd', async () => {
    const found = await keep(
      `printf '[Match]\\nName=lan0\\n[Network]\\nAddress=10.9.0.1/24\\n' > /etc/systemd/network/10-lan.network`,
      input,
    );
    expect(found.output).toEqual({
      keeper: 'networkd',
      path: '/etc/systemd/network/10-lan.network.d/90-runbook-route-172-20-0-0-16.conf',
    });
    expect(JSON.parse(found.route)).toEqual([
      expect.objectContaining({ gateway: '10.9.0.200', dev: 'lan0', protocol: 'static' }),
    ]);
  });

  netplanTest('netplan, by way of the files that it makes for networkd', async () => {
    const found = await keep(
      `echo 'network: {version: 2, ethernets: {lan0: {addresses: [10.9.0.1/24]}}}' > /etc/netplan/50-lab.yaml
chmod 600 /etc/netplan/50-lab.yaml`,
      { ...input, metric: 50 },
    );
    expect(found.output).toEqual({
      keeper: 'netplan',
      path: '/etc/netplan/90-runbook-route-172-20-0-0-16-50.yaml',
    });
    expect(JSON.parse(found.route)).toEqual([
      expect.objectContaining({ gateway: '10.9.0.200', dev: 'lan0', metric: 50 }),
    ]);
  });

  netplanTest("an interface that netplan does not know is networkd's own", async () => {
    const { sh, open } = sandbox();
    await sh(`${off}
${nothing}
echo 'network: {version: 2, ethernets: {lan7: {addresses: [10.7.0.1/24]}}}' > /etc/netplan/50-lab.yaml
chmod 600 /etc/netplan/50-lab.yaml
printf '[Match]\\nName=lan0\\n[Network]\\nAddress=10.9.0.1/24\\n' > /etc/systemd/network/10-lan.network
${boot}`);
    await shown(link, up);
    expect(await keeperOf(open('check'), input.via, '')).toEqual({
      kind: 'networkd',
      dev: 'lan0',
      detail: '10-lan.network',
    });
  });
});
