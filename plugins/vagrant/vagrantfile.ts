import type { Environment, Machine } from './input.js';

/** A value as a literal of Ruby: single quotes, in which only the quote and the backslash are special. */
export function ruby(value: string | number | boolean): string {
  if (typeof value !== 'string') return String(value);
  return `'${value.replace(/['\\]/g, String.raw`\$&`)}'`;
}

/** Netmask of a prefix length, as vagrant wants it. */
export function netmask(length: number): string {
  const bits = length === 0 ? 0 : (0xffffffff << (32 - length)) >>> 0;
  return [24, 16, 8, 0].map((shift) => (bits >>> shift) & 255).join('.');
}

/** First and last are the network's own; the host gets the first one that no machine has. */
export function hostAddress(address: string, machines: readonly Machine[]): string {
  const [, length = '32'] = address.split('/');
  const number = (text: string): number =>
    text.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
  const taken = new Set(
    machines.flatMap(({ nics }) => nics.map((nic) => number(nic.address.split('/')[0] ?? ''))),
  );
  const size = 2 ** (32 - Number(length));
  const first = Math.floor(number(address.split('/')[0] ?? '') / size) * size;
  let host = first + 1;
  while (taken.has(host)) host += 1;
  return [24, 16, 8, 0].map((shift) => Math.floor(host / 2 ** shift) % 256).join('.');
}

function nicLines(environment: Environment, { nics }: Machine): string[] {
  return nics.map(({ network, address }) => {
    const [ip = '', length = '24'] = address.split('/');
    const fields: [string, string | number | boolean][] = [
      ['ip', ip],
      ['netmask', netmask(Number(length))],
    ];
    if (environment.provider === 'libvirt') {
      // Addresses are the machines' own, and nothing leads out: a route of a lab is the lab's affair.
      fields.push(
        ['libvirt__network_name', network],
        ['libvirt__host_ip', hostAddress(address, environment.machines)],
        ['libvirt__forward_mode', 'none'],
        ['libvirt__dhcp_enabled', false],
      );
    }
    if (environment.provider === 'virtualbox') fields.push(['virtualbox__intnet', network]);
    const rest = fields.map(([key, value]) => `${key}: ${ruby(value)}`).join(', ');
    return `    machine.vm.network 'private_network', ${rest}`;
  });
}

function providerLines(environment: Environment, { cpus, memory }: Machine): string[] {
  if (environment.provider === 'lxc') return [];
  return [
    `    machine.vm.provider ${ruby(environment.provider)} do |provider|`,
    `      provider.cpus = ${cpus}`,
    `      provider.memory = ${memory}`,
    '    end',
  ];
}

function libvirtLines({ prefix, emulated, managementNetwork: network }: Environment): string[] {
  const lines = [
    ...(prefix === undefined ? [] : [`    libvirt.default_prefix = ${ruby(prefix)}`]),
    ...(network === undefined
      ? []
      : [
          `    libvirt.management_network_name = ${ruby(network.name)}`,
          `    libvirt.management_network_address = ${ruby(network.cidr)}`,
        ]),
    // A virtual console of its own kind each would need packages that a server has not.
    "    libvirt.graphics_type = 'none'",
    "    libvirt.video_type = 'none'",
    ...(emulated
      ? [
          "    libvirt.driver = 'qemu'",
          "    libvirt.cpu_mode = 'custom'",
          "    libvirt.cpu_model = 'qemu64'",
          // Without a source of randomness an emulated guest waits minutes for its first key.
          "    libvirt.cpu_feature name: 'rdrand', policy: 'require'",
          "    libvirt.random model: 'random'",
        ]
      : []),
  ];
  return ["  config.vm.provider 'libvirt' do |libvirt|", ...lines, '  end'];
}

/** The Vagrantfile of an environment: a pure function of it, ASCII alone. */
export function vagrantfile(environment: Environment): string {
  const { box, boxVersion, boxUrl, boxSha256, bootTimeout, provider, machines } = environment;
  const set = (key: string, value: string | number | boolean | undefined): string[] =>
    value === undefined ? [] : [`  config.${key} = ${ruby(value)}`];
  const lines = [
    '# Made by runbook (vagrant.environment) from the inventory: changes by hand are drift.',
    "Vagrant.configure('2') do |config|",
    ...set('vm.box', box),
    ...set('vm.box_version', boxVersion),
    ...set('vm.box_url', boxUrl?.startsWith('/') === true ? `file://${boxUrl}` : boxUrl),
    ...set('vm.box_download_checksum', boxSha256),
    ...set('vm.box_download_checksum_type', boxSha256 === undefined ? undefined : 'sha256'),
    // What a machine is made from must not change under the others.
    ...set('vm.box_check_update', false),
    ...set('vm.boot_timeout', bootTimeout),
    "  config.vm.synced_folder '.', '/vagrant', disabled: true",
    ...(provider === 'libvirt' ? libvirtLines(environment) : []),
    ...machines.flatMap((machine) => [
      '',
      `  config.vm.define ${ruby(machine.name)} do |machine|`,
      `    machine.vm.hostname = ${ruby(machine.name)}`,
      ...nicLines(environment, machine),
      ...providerLines(environment, machine),
      '  end',
    ]),
    'end',
  ];
  return `${lines.join('\n')}\n`;
}
