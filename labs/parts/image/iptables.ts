import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** Names by which xtables-nft-multi is called. */
export const iptablesNames = `
  iptables iptables-save iptables-restore ip6tables ip6tables-save ip6tables-restore
  iptables-nft iptables-nft-save iptables-nft-restore
`
  .trim()
  .split(/\s+/);

/** The one binary behind iptables in a Debian root, and the extensions that it opens by itself; paths in the root. */
export async function iptablesPrograms(
  root: string,
): Promise<{ programs: string[]; plugins: string[] }> {
  const folders = await readdir(join(root, 'usr/lib'), { withFileTypes: true });
  for (const folder of folders.filter((entry) => entry.isDirectory())) {
    const place = join('/usr/lib', folder.name, 'xtables');
    const names = await readdir(join(root, place)).catch(() => []);
    const plugins = names.filter((name) => name.endsWith('.so')).map((name) => join(place, name));
    if (plugins.length > 0) return { programs: ['/usr/sbin/xtables-nft-multi'], plugins };
  }
  throw new Error(`no xtables folder below ${root}/usr/lib`);
}
