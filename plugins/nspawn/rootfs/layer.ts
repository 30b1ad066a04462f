import { createHash } from 'node:crypto';

/** One file of the lab's layer. */
export interface LayerFile {
  /** Path below the layer, without a leading `/`. */
  readonly path: string;
  /** Permissions in octal, such as `644`. */
  readonly mode: string;
  readonly text: string;
}

/** What is per lab in the root of its machines. */
export interface LayerFacts {
  readonly authorizedKeys: readonly string[];
  /** Addresses by host name. */
  readonly hosts: Readonly<Record<string, string>>;
  readonly nameservers: readonly string[];
}

/** sha256 of a text, in hex. */
function sum(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex');
}

/**
 * The files of a layer. sshd shows the machine's own ed25519 key only, not those that lie in the
 * shared base, and takes the lab's keys for every account: root's own file is left to whoever uses
 * the machine.
 */
export function layerFiles({ authorizedKeys, hosts, nameservers }: LayerFacts): LayerFile[] {
  const names = Object.entries(hosts).map(([name, address]) => `${address} ${name}\n`);
  const servers = nameservers.map((address) => `nameserver ${address}\n`);
  const sshd = [
    'HostKey /etc/ssh/ssh_host_ed25519_key',
    'AuthorizedKeysFile /etc/ssh/lab_authorized_keys .ssh/authorized_keys',
    '# A lab has no name server that knows where the login comes from.',
    'UseDNS no',
  ];
  return [
    {
      path: 'etc/hosts',
      mode: '644',
      text: `127.0.0.1 localhost\n::1 localhost ip6-localhost ip6-loopback\n${names.join('')}`,
    },
    {
      path: 'etc/resolv.conf',
      mode: '644',
      text: servers.length === 0 ? '# This lab has no name server.\n' : servers.join(''),
    },
    { path: 'etc/ssh/lab_authorized_keys', mode: '644', text: `${authorizedKeys.join('\n')}\n` },
    { path: 'etc/ssh/sshd_config.d/10-lab.conf', mode: '644', text: `${sshd.join('\n')}\n` },
  ];
}

/** One line a file, as `look.ts` prints it for what is there. */
export function listing(files: readonly LayerFile[]): string[] {
  return files.map(({ path, mode, text }) => `${sum(text)} ${mode} 0:0 ${path}`).sort();
}

/** Name of a layer with these files: equal layers have equal names. */
export function layerId(lines: readonly string[]): string {
  return sum([...lines].sort().join('\n')).slice(0, 16);
}

/** Paths that differ between two listings, for people; null when none does. */
export function layersDiffer(has: readonly string[], wanted: readonly string[]): string | null {
  const pathOf = (line: string): string => line.split(' ').slice(3).join(' ');
  const differing = [
    ...wanted.filter((line) => !has.includes(line)),
    ...has.filter((line) => !wanted.includes(line)),
  ].map(pathOf);
  return differing.length === 0 ? null : [...new Set(differing)].sort().join(', ');
}

/** Files for the script that writes them: path, mode and content (base64), a line each. */
export function packed(files: readonly LayerFile[]): string {
  return files
    .map(({ path, mode, text }) => `${path} ${mode} ${Buffer.from(text).toString('base64')}\n`)
    .join('');
}
