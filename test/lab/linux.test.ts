import { describe, expect } from '@jest/globals';
import { linuxBoot } from '../../plugins/linux/boot.js';
import { linuxCommand } from '../../plugins/linux/command.js';
import { linuxFile } from '../../plugins/linux/file.js';
import { linuxKernelModule } from '../../plugins/linux/kernel-module.js';
import { linuxPackage } from '../../plugins/linux/package.js';
import { linuxRoute } from '../../plugins/linux/route.js';
import { linuxService } from '../../plugins/linux/service.js';
import { linuxSysctl } from '../../plugins/linux/sysctl.js';
import type { AnyAction } from '../../core/action.js';
import { laws, type LawCase } from '../laws.js';
import { attempt } from '../laws/attempt.js';
import { smallArchive } from '../targets/small-archive.js';
import { treeScript } from '../targets/tree.js';
import { createLabTargets, hostsOf, kubectl, lab, needsLab } from './kube-fixture.js';
import { createLabHost } from './lab-host.js';

const test = needsLab('routers', 'nodes');
const open = createLabTargets(finish);
const name = hostsOf('routers')[0] ?? 'no-router';
const node = hostsOf('nodes')[0] ?? 'no-node';
const host = createLabHost(open(name));

/** What the laws leave of the product's own on the machine: copies of what was replaced. */
async function finish(): Promise<void> {
  if (hostsOf('routers').length === 0) return;
  await host.sh(`rm -rf /var/lib/runbook/laws /var/tmp/law\n${uninstall}`);
}

/** Over ssh workers die at some commands only: at each of them they die in the sandbox. */
function lawsOnLab(action: AnyAction, ...cases: LawCase[]): void {
  laws(action, { test, killPoints: 2, timeoutMs: 120_000, cases, bad: [] });
}

const folder = '/var/tmp/law';
const files = host.stage(`rm -rf ${folder}; mkdir ${folder}; cd ${folder}`, treeScript(folder));

lawsOnLab(
  linuxFile,
  files('a private file of somebody else', 'echo secret > file; chmod 600 file; chown 7:8 file', {
    path: `${folder}/file`,
    content: 'new\n',
    owner: 'root',
    mode: '0644',
  }),
);

const sh = (script: string, ...args: string[]) => ['sh', '-c', script, 'sh', ...args];
const value = `${folder}/value`;

lawsOnLab(
  linuxCommand,
  files('an undo that is told what was found', `echo old > ${value}`, {
    check: sh('cat "$1"; [ "$(cat "$1")" = "$2" ]', value, 'new'),
    apply: sh('echo "$2" > "$1"', value, 'new'),
    undo: sh('echo "$RUNBOOK_FOUND" > "$1"', value),
  }),
);

const unit = 'logrotate.timer';
const units = host.stage(
  `systemctl -q enable --now ${unit}`,
  `systemctl show --property=Id,ActiveState,UnitFileState ${unit}; find /etc/systemd/system -type l | LC_ALL=C sort`,
);

lawsOnLab(
  linuxService,
  units('a unit that runs and starts at boot', ':', { unit, state: 'inactive', enabled: false }),
);

const key = 'net.ipv4.conf.default.log_martians';
const parameter = '/proc/sys/net/ipv4/conf/default/log_martians';
const parameters = host.stage(
  `echo 0 > ${parameter}; rm -f /etc/sysctl.d/90-runbook-${key}.conf`,
  `cat ${parameter}; ${treeScript('/etc/sysctl.d')}`,
);

lawsOnLab(linuxSysctl, parameters('another value', ':', { key, value: 1 }));

/** A network of documentation, that nobody has. */
const to = '203.0.113.0/24';
const addresses = hostsOf('nodes').map((one) => lab?.inventory.hosts[one]?.address ?? '');
const routes = host.stage(
  `ip route flush exact ${to}`,
  'ip -4 -N -d -j route show table all type unicast | grep -o "[^{}]*203\\.0\\.113[^{}]*" || :',
);

lawsOnLab(
  linuxRoute,
  routes('another gateway', `ip route add ${to} via ${addresses[0]} proto static metric 50`, {
    to,
    via: addresses[1] ?? '192.0.2.1',
    metric: 50,
    addresses: ['203.0.113.7'],
  }),
);

/** On the machine's own database, beside all that is installed; its network reaches no other archive. */
const source = '/etc/apt/sources.list.d/law.list';
const uninstall = `dpkg --purge rb-user rb-tool rb-lib >/dev/null 2>&1
rm -rf ${source} /srv/archive /etc/rb-tool.conf /var/lib/apt/lists /tmp/rb-*`;
const packages = host.stage(
  `${uninstall}
${smallArchive.archive}
echo 'deb [trusted=yes] file:/srv/archive ./' > ${source}
apt-get -qq -o Dir::Etc::SourceList=${source} -o Dir::Etc::SourceParts=- update`,
  smallArchive.look,
);

lawsOnLab(
  linuxPackage,
  packages('not installed, with a dependency', ':', { name: 'rb-tool', version: '1.0' }),
  packages('in another version', `${smallArchive.install} rb-tool=1.0`, {
    name: 'rb-tool',
    version: '2.0',
  }),
);

const boot = (title: string): LawCase => ({
  title,
  finds: 'nothing',
  arrange: () =>
    Promise.resolve({ target: open(name), input: {}, cleanup: () => Promise.resolve() }),
});

laws(linuxBoot, {
  test,
  cases: [boot('a machine that runs')],
  bad: [{ title: 'an unknown field', input: { host: 'router' } }],
});

// All machines share the kernel of their host, which may have no modules at all: they come and go on a kernel of its own,
// in test/vm.
describe('linux.kernel-module on the lab', () => {
  test('a module that the kernel does not have is refused, in the words of modprobe', async () => {
    const input = { module: 'no-such-module' };
    const world = { target: open(name), input, cleanup: () => Promise.resolve() };
    await expect(attempt(linuxKernelModule, world).check()).rejects.toMatchObject({
      code: 'refused',
      message: expect.stringMatching(
        /: kernel \S+ has no module no-such-module: modprobe: FATAL: /,
      ),
    });
  });
});

describe('linux.boot on the lab', () => {
  const bootOf = async (machine: string): Promise<unknown> => {
    const world = { target: open(machine), input: {}, cleanup: () => Promise.resolve() };
    return (await attempt(linuxBoot, world).check()).output;
  };

  test('a node tells the boot that its kubelet reports, and another machine tells another', async () => {
    const cluster = open(Object.keys(lab?.inventory.clusters ?? {})[0] ?? 'no cluster');
    const path = '--output=jsonpath={.status.nodeInfo.bootID}';
    const bootId = await kubectl(cluster('check'), ['get', 'node', node, path]);
    expect(await bootOf(node)).toEqual({ bootId });
    expect(await bootOf(name)).not.toEqual({ bootId });
  }, 60_000);
});
