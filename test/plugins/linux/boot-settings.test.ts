import { describe, expect, test as jestTest } from '@jest/globals';
import { keptOf, parseFiles } from '../../../plugins/linux/boot-settings/kept.js';
import { linuxBootSettings } from '../../../plugins/linux/boot-settings.js';
import { attempt } from '../../laws/attempt.js';
import { laws } from '../../laws.js';
import { needs } from '../../needs.js';
import { fakeKernel } from '../../targets/fake-kernel.js';
import { sandboxNeeds } from '../../targets/sandbox.js';
import { createStage } from '../../targets/situation.js';

const test = needs(sandboxNeeds);
const clean = `${fakeKernel.boot}
rm -f /etc/sysctl.d/90-runbook-* /etc/modules-load.d/90-runbook-*; rm -rf /etc/network
mkdir -p /etc/sysctl.d /etc/modules-load.d /etc/network/if-up.d
sysctl -qw net.ipv4.ip_forward=0
ip route flush proto 200 2>/dev/null || :
ip link show lan0 >/dev/null 2>&1 || {
ip link add lan0 type veth peer name lan1; ip link set lan0 up; ip link set lan1 up
ip addr add 10.9.0.1/24 dev lan0; }`;
const stage = createStage(clean, 'find /etc/sysctl.d /etc/modules-load.d /etc/network; ip route');

/** As the actions write them. */
const sysctl = `echo 'net.ipv4.ip_forward = 1' > /etc/sysctl.d/90-runbook-net.ipv4.ip_forward.conf`;
const module = `echo geneve > /etc/modules-load.d/90-runbook-geneve.conf`;
const route = `cat > /etc/network/if-up.d/90-runbook-route-172-20-0-0-16 <<'X'
#!/bin/sh
case $IFACE in lan0|--all) ;; *) exit 0 ;; esac
ip -4 route replace 172.20.0.0/16 via 10.9.0.200 dev lan0 proto 200 || echo "no route" >&2
exit 0
X`;
const files = [sysctl, module, route].join('\n');
const inForce = `sysctl -qw net.ipv4.ip_forward=1
mkdir /sys/module/geneve; echo live > /sys/module/geneve/initstate
ip route add 172.20.0.0/16 via 10.9.0.200 proto 200`;

laws(linuxBootSettings, {
  test,
  cases: [
    stage.situation('nothing is kept', ':', {}, { finds: 'nothing' }),
    stage.situation('all is in force', `${files}\n${inForce}`, {}, { finds: 'nothing' }),
    stage.situation('a route that is gone', `${files}\n${inForce}\nip route flush proto 200`, {}),
    stage.situation('a file that is not ours', 'echo x > /etc/sysctl.d/90-runbook-x.conf', {}),
  ],
  bad: [{ title: 'an unknown field', input: { keys: [] } }],
});

test('what is not in force is told, each', async () => {
  const { sh, open } = await stage.sandbox();
  await sh(`${clean}\n${files}`);
  const world = { target: open, input: {}, cleanup: () => Promise.resolve() };
  const found = await attempt(linuxBootSettings, world).check();
  expect(found.drift).toMatch(
    /: net\.ipv4\.ip_forward is '0' instead of '1'; geneve is not loaded; no route to 172\.20\.0\.0\/16 via 10\.9\.0\.200$/,
  );
  expect(found.output).toEqual({ kept: 3, lacking: 3 });
});

describe('files that keep routes', () => {
  jestTest('of netplan and networkd', () => {
    const printed = `= /etc/netplan/90-runbook-route-a.yaml
network:
  ethernets:
    "eth1":
      routes:
        - to: "172.20.0.0/16"
          via: "192.168.10.200"

= /etc/systemd/network/10-lan.network.d/90-runbook-route-a.conf
[Route]
Destination=fd00:20::/32
Gateway=fd00:10::200
`;
    expect(keptOf(parseFiles(printed))).toEqual({
      kept: [
        { kind: 'route', to: '172.20.0.0/16', via: '192.168.10.200' },
        { kind: 'route', to: 'fd00:20::/32', via: 'fd00:10::200' },
      ],
      strange: [],
    });
  });
});
