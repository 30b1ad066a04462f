import { describe, expect, test } from '@jest/globals';
import { environmentSchema } from '../../../plugins/vagrant/input.js';
import { hostAddress, netmask, ruby, vagrantfile } from '../../../plugins/vagrant/vagrantfile.js';

const router = {
  name: 'router',
  memory: 384,
  nics: [
    { network: 'lab10', address: '192.168.10.200/24' },
    { network: 'lab20', address: '192.168.20.200/24' },
  ],
};
const node = { name: 'node', cpus: 2, nics: [{ network: 'lab10', address: '192.168.10.1/24' }] };
const written = { dir: '/srv/lab', box: 'debian/bookworm64', machines: [router, node] };
const file = (more: object = {}): string =>
  vagrantfile(environmentSchema.parse({ ...written, ...more }));

test('a Vagrantfile says what the inventory says, and no more', () => {
  expect(file({ boxVersion: '12.1', prefix: 'lab_' })).toBe(
    `# Made by runbook (vagrant.environment) from the inventory: changes by hand are drift.
Vagrant.configure('2') do |config|
  config.vm.box = 'debian/bookworm64'
  config.vm.box_version = '12.1'
  config.vm.box_check_update = false
  config.vm.boot_timeout = 300
  config.vm.synced_folder '.', '/vagrant', disabled: true
  config.vm.provider 'libvirt' do |libvirt|
    libvirt.default_prefix = 'lab_'
    libvirt.graphics_type = 'none'
    libvirt.video_type = 'none'
  end

  config.vm.define 'router' do |machine|
    machine.vm.hostname = 'router'
    machine.vm.network 'private_network', ip: '192.168.10.200', netmask: '255.255.255.0', libvirt__network_name: 'lab10', libvirt__host_ip: '192.168.10.2', libvirt__forward_mode: 'none', libvirt__dhcp_enabled: false
    machine.vm.network 'private_network', ip: '192.168.20.200', netmask: '255.255.255.0', libvirt__network_name: 'lab20', libvirt__host_ip: '192.168.20.1', libvirt__forward_mode: 'none', libvirt__dhcp_enabled: false
    machine.vm.provider 'libvirt' do |provider|
      provider.cpus = 1
      provider.memory = 384
    end
  end

  config.vm.define 'node' do |machine|
    machine.vm.hostname = 'node'
    machine.vm.network 'private_network', ip: '192.168.10.1', netmask: '255.255.255.0', libvirt__network_name: 'lab10', libvirt__host_ip: '192.168.10.2', libvirt__forward_mode: 'none', libvirt__dhcp_enabled: false
    machine.vm.provider 'libvirt' do |provider|
      provider.cpus = 2
      provider.memory = 512
    end
  end
end
`,
  );
});

describe('what is optional', () => {
  test('a box of a file, with its sum', () => {
    const text = file({ boxUrl: '/srv/a.box', boxSha256: 'a'.repeat(64) });
    expect(text).toContain("config.vm.box_url = 'file:///srv/a.box'");
    expect(text).toContain(`config.vm.box_download_checksum = '${'a'.repeat(64)}'`);
    expect(text).toContain("config.vm.box_download_checksum_type = 'sha256'");
  });

  test('machines without the help of the processor, and another network for vagrant itself', () => {
    const text = file({
      emulated: true,
      managementNetwork: { name: 'lab-mgmt', cidr: '10.1.0.0/24' },
    });
    expect(text).toContain("libvirt.driver = 'qemu'");
    expect(text).toContain("libvirt.management_network_name = 'lab-mgmt'");
    expect(file()).not.toContain('driver');
  });

  test('other providers get no word of libvirt', () => {
    const text = file({ provider: 'virtualbox' });
    expect(text).not.toContain('libvirt');
    expect(text).toContain(
      "ip: '192.168.20.200', netmask: '255.255.255.0', virtualbox__intnet: 'lab20'",
    );
    expect(file({ provider: 'lxc' })).not.toContain('provider.cpus');
  });
});

test('text from the inventory is a text in Ruby, whatever is in it', () => {
  expect(ruby("it's #{`reboot`} \\")).toBe("'it\\'s #{`reboot`} \\\\'");
  expect(ruby(true)).toBe('true');
});

test('netmasks and the address of the host', () => {
  expect([0, 8, 24, 30, 32].map(netmask)).toEqual([
    '0.0.0.0',
    '255.0.0.0',
    '255.255.255.0',
    '255.255.255.252',
    '255.255.255.255',
  ]);
  expect(hostAddress('10.0.255.7/16', [])).toBe('10.0.0.1');
  expect(hostAddress('192.168.10.200/28', [])).toBe('192.168.10.193');
});

describe('machines that cannot be', () => {
  const refuses = (more: object) =>
    expect(environmentSchema.safeParse({ ...written, ...more }).success).toBe(false);
  test('are refused before anything is written', () => {
    refuses({ machines: [] });
    refuses({ machines: [router, router] });
    refuses({ machines: [{ ...router, name: "a' end" }] });
    refuses({ machines: [router, { ...router, name: 'other' }] });
    refuses({ box: "x'; system('reboot') #" });
    refuses({ boxUrl: 'http://example.org/a.box' });
    refuses({ machines: [{ ...router, nics: [{ network: '--x', address: '10.0.0.1/24' }] }] });
  });
});
