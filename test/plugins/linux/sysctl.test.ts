import { describe, expect, test as jestTest } from '@jest/globals';
import {
  normalValue,
  overridden,
  sysctlFile,
  sysctlName,
  sysctlPath,
} from '../../../plugins/linux/sysctl-key.js';
import { linuxSysctl } from '../../../plugins/linux/sysctl.js';
import { attempt } from '../../laws/attempt.js';
import { laws } from '../../laws.js';
import { needs } from '../../needs.js';
import { sandboxNeeds } from '../../targets/sandbox.js';
import { createStage } from '../../targets/situation.js';
import { treeScript } from '../../targets/tree.js';

const test = needs(sandboxNeeds);
// Parameters below net belong to the sandbox's own network; nothing else is touched.
const stage = createStage(
  `rm -rf /etc/sysctl.d /var/lib/runbook /run/sysctl.d
mkdir -p /etc/sysctl.d
echo 0 > /proc/sys/net/ipv4/ip_forward
echo '32768 60999' > /proc/sys/net/ipv4/ip_local_port_range
ip link show v0.7 >/dev/null 2>&1 || ip link add v0.7 type veth peer name v1
echo 0 > /proc/sys/net/ipv4/conf/v0.7/rp_filter`,
  `cat /proc/sys/net/ipv4/ip_forward /proc/sys/net/ipv4/ip_local_port_range
cat /proc/sys/net/ipv4/conf/v0.7/rp_filter
${treeScript('/etc/sysctl.d')}`,
);
const forward = '/etc/sysctl.d/90-runbook-net.ipv4.ip_forward.conf';

laws(linuxSysctl, {
  test,
  cases: [
    stage.situation(
      'another value for now, and later for good',
      ':',
      { key: 'net.ipv4.ip_local_port_range', value: '20000 30000', persist: false },
      { deaths: false, later: { key: 'net/ipv4/ip_local_port_range', value: '10000 30000' } },
    ),
    stage.situation('another value', ':', { key: 'net.ipv4.ip_forward', value: 1 }),
    stage.situation('another value, for now only', ':', {
      key: 'net.ipv4.ip_forward',
      value: '1',
      persist: false,
    }),
    stage.situation(
      'several numbers',
      ':',
      {
        key: 'net.ipv4.ip_local_port_range',
        value: '10240   65000',
      },
      { deaths: false },
    ),
    stage.situation(
      'an interface with a dot',
      ':',
      {
        key: 'net/ipv4/conf/v0.7/rp_filter',
        value: 2,
      },
      { deaths: false },
    ),
    stage.situation('the value, but not kept', 'echo 1 > /proc/sys/net/ipv4/ip_forward', {
      key: 'net.ipv4.ip_forward',
      value: 1,
    }),
    stage.situation(
      'kept with another value',
      `echo '# by hand' > ${forward}; chmod 600 ${forward}`,
      { key: 'net.ipv4.ip_forward', value: 1 },
      { deaths: false },
    ),
    stage.situation(
      'without the folder',
      'rmdir /etc/sysctl.d',
      {
        key: 'net.ipv4.ip_forward',
        value: 1,
      },
      { deaths: false },
    ),
    stage.situation(
      'what is as wanted',
      'echo "10240 65000" > /proc/sys/net/ipv4/ip_local_port_range',
      { key: 'net.ipv4.ip_local_port_range', value: '10240\t65000', persist: false },
      { finds: 'nothing' },
    ),
  ],
  bad: [
    { title: 'a path', input: { key: '/proc/sys/net/ipv4/ip_forward', value: 1 } },
    { title: 'a way upwards', input: { key: 'net/../kernel/hostname', value: 'x' } },
    { title: 'a way upwards in dots', input: { key: 'net..ipv4.ip_forward', value: 1 } },
    { title: 'a single word', input: { key: 'net', value: 1 } },
    { title: 'a wildcard', input: { key: 'net.ipv4.conf.*.rp_filter', value: 1 } },
    { title: 'a blank in the key', input: { key: 'net.ipv4 .ip_forward', value: 1 } },
    { title: 'a second line', input: { key: 'net.ipv4.ip_forward', value: '1\nkernel.x = 2' } },
    { title: 'an empty value', input: { key: 'net.ipv4.ip_forward', value: ' ' } },
    { title: 'no value', input: { key: 'net.ipv4.ip_forward' } },
    { title: 'a fraction', input: { key: 'net.ipv4.ip_forward', value: 0.5 } },
  ],
});

describe('linux.sysctl', () => {
  async function on(input: object, script = ':') {
    const sandbox = await stage.sandbox();
    await sandbox.sh(`rm -rf /etc/sysctl.d; mkdir /etc/sysctl.d; ${script}`);
    const world = { target: sandbox.open, input, cleanup: () => Promise.resolve() };
    return attempt(linuxSysctl, world);
  }

  test('tells both halves of the drift', async () => {
    const worker = await on(
      { key: 'net.ipv4.ip_forward', value: 1 },
      'echo 0 > /proc/sys/net/ipv4/ip_forward',
    );
    expect((await worker.check()).drift).toBe(
      "net.ipv4.ip_forward is '0' instead of '1'; not kept for the next boot",
    );
  });

  test('an unknown key is refused for good', async () => {
    const worker = await on({ key: 'net.ipv4.no_such_key', value: 1 });
    await expect(worker.check()).rejects.toMatchObject({
      code: 'refused',
      class: 'permanent',
      message: 'sandbox: the kernel has no parameter net.ipv4.no_such_key',
    });
  });

  test('a value that the kernel does not take is refused for good', async () => {
    const worker = await on({ key: 'net.ipv4.ip_forward', value: 'many', persist: false });
    const { before } = await worker.check();
    await expect(worker.apply(before)).rejects.toMatchObject({
      code: 'refused',
      class: 'permanent',
      message: expect.stringContaining('Invalid argument'),
    });
  });

  test('a later file that sets something else at boot is an error', async () => {
    const later = 'echo "net/ipv4/ip_forward=0" > /etc/sysctl.d/99-local.conf';
    const worker = await on({ key: 'net.ipv4.ip_forward', value: 1 }, later);
    await expect(worker.check()).rejects.toMatchObject({
      code: 'refused',
      message: expect.stringContaining('/etc/sysctl.d/99-local.conf comes after'),
    });
  });

  test('a later file behind a link counts, one that agrees does not', async () => {
    const link = (value: number) =>
      `echo "-net.ipv4.ip_forward = ${value}" > /tmp/sysctl.conf; ln -s /tmp/sysctl.conf /etc/sysctl.d/99-sysctl.conf`;
    const input = { key: 'net.ipv4.ip_forward', value: 1 };
    await expect((await on(input, link(0))).check()).rejects.toMatchObject({ code: 'refused' });
    expect((await (await on(input, link(1))).check()).drift).not.toBeNull();
  });

  test('a link in place of its file is not written through', async () => {
    const worker = await on(
      { key: 'net.ipv4.ip_forward', value: 1 },
      `ln -s /tmp/elsewhere ${forward}`,
    );
    const { before, drift } = await worker.check();
    expect(drift).toContain('a symbolic link to /tmp/elsewhere is there instead of a file');
    await expect(worker.apply(before)).rejects.toMatchObject({ code: 'refused' });
  });
});

describe('names of parameters', () => {
  jestTest('both spellings', () => {
    expect(sysctlPath('net.ipv4.ip_forward')).toBe('net/ipv4/ip_forward');
    expect(sysctlPath('net/ipv4/conf/eth0.100/rp_filter')).toBe('net/ipv4/conf/eth0.100/rp_filter');
    expect(sysctlPath('net.ipv4.conf.eth0/100.rp_filter')).toBe('net/ipv4/conf/eth0.100/rp_filter');
    expect(sysctlName('net/ipv4/ip_forward')).toBe('net.ipv4.ip_forward');
    expect(sysctlName('net/ipv4/conf/eth0.100/rp_filter')).toBe('net/ipv4/conf/eth0.100/rp_filter');
  });

  jestTest('files have plain names', () => {
    expect(sysctlFile('net/ipv4/conf/eth0.1@eth0/rp_filter')).toBe(
      '/etc/sysctl.d/90-runbook-net.ipv4.conf.eth0.1_eth0.rp_filter.conf',
    );
  });

  jestTest('blanks of every kind are one', () => {
    expect(normalValue('32768\t60999\n')).toBe('32768 60999');
  });
});

describe('order of files at boot', () => {
  const path = 'net/ipv4/ip_forward';
  const ours = sysctlFile(path);
  const after = (...lines: string[]) => overridden(lines.join('\n'), path, '1', ours);

  jestTest('only files with a later name matter', () => {
    expect(after('/etc/sysctl.d/10-a.conf:net.ipv4.ip_forward=0')).toBeNull();
    expect(after('/usr/lib/sysctl.d/99-a.conf:net.ipv4.ip_forward=0')).toEqual({
      file: '/usr/lib/sysctl.d/99-a.conf',
      value: '0',
    });
  });

  jestTest('the last one counts', () => {
    expect(
      after(
        '/etc/sysctl.d/99-b.conf:net.ipv4.ip_forward = 1',
        '/etc/sysctl.d/98-a.conf:net.ipv4.ip_forward = 0',
      ),
    ).toBeNull();
    expect(
      after(
        '/etc/sysctl.d/99-b.conf:net.ipv4.ip_forward = 1',
        '/etc/sysctl.d/99-b.conf:net.ipv4.ip_forward = 2',
      ),
    ).toEqual({ file: '/etc/sysctl.d/99-b.conf', value: '2' });
  });

  jestTest('a file hides those of its name in weaker folders', () => {
    expect(
      after(
        '/usr/lib/sysctl.d/99-a.conf:net.ipv4.ip_forward=0',
        '/etc/sysctl.d/99-a.conf:net.core.somaxconn=4096',
      ),
    ).toBeNull();
  });

  jestTest('wildcards, other keys and other files do not count', () => {
    expect(
      after(
        '/etc/sysctl.d/99-a.conf:net.ipv4.*=0',
        '/etc/sysctl.d/99-a.conf:net.ipv4.ip_forward_update_priority=0',
        '/etc/sysctl.d/sub/99-a.conf:net.ipv4.ip_forward=0',
        '/etc/sysctl.d/99-a.conf:-net.ipv4.ip_forward',
      ),
    ).toBeNull();
  });
});
