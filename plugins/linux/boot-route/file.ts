import { isIPv6 } from 'node:net';
import { canonicalDestination } from '../address.js';
import type { Wanted } from '../files/wanted.js';
import { ourProtocol } from '../route-place.js';
import type { Keeper } from './keeper.js';

/** A route that is to be there after every boot. */
export interface BootRoute {
  readonly to: string;
  readonly via: string;
  readonly metric?: number | undefined;
}

/** A file, and what it is to hold. */
export interface KeptFile {
  readonly path: string;
  readonly wanted: Wanted;
}

/** A part of file names for a destination: letters, digits and hyphens, as run-parts wants them. */
export function slugOf({ to, metric }: BootRoute): string {
  const plain = canonicalDestination(to).replace(/[^A-Za-z0-9]+/g, '-');
  return metric === undefined ? plain : `${plain}-${metric}`;
}

function netplan({ to, via, metric }: BootRoute, { dev, detail }: Keeper): string {
  const lines = [
    'network:',
    '  version: 2',
    `  ${detail}:`,
    `    "${dev}":`,
    '      routes:',
    `        - to: "${to}"`,
    `          via: "${via}"`,
  ];
  if (metric !== undefined) lines.push(`          metric: ${metric}`);
  return `${lines.join('\n')}\n`;
}

function networkd({ to, via, metric }: BootRoute): string {
  const destination = to === 'default' ? (isIPv6(via) ? '::/0' : '0.0.0.0/0') : to;
  const lines = ['[Route]', `Destination=${destination}`, `Gateway=${via}`];
  if (metric !== undefined) lines.push(`Metric=${metric}`);
  return `${lines.join('\n')}\n`;
}

function ifupdown({ to, via, metric }: BootRoute, { dev }: Keeper): string {
  const family = isIPv6(via) ? '-6' : '-4';
  const route = [family, 'route', 'replace', to, 'via', via, 'dev', dev, 'proto', ourProtocol];
  if (metric !== undefined) route.push('metric', String(metric));
  return `#!/bin/sh
# Of ifup, once the interface is up, and once when all are.
case $IFACE in ${dev}|--all) ;; *) exit 0 ;; esac
ip ${route.join(' ')} || echo "no route to ${to} yet" >&2
exit 0
`;
}

/** The file by which a keeper makes the route at every boot. */
export function fileOf(route: BootRoute, keeper: Keeper): KeptFile {
  const name = `90-runbook-route-${slugOf(route)}`;
  const owned = { owner: null, group: null };
  const file = (path: string, text: string, mode: string): KeptFile => ({
    path,
    wanted: { kind: 'file', text, sensitive: false, mode, ...owned },
  });
  switch (keeper.kind) {
    case 'netplan':
      // netplan complains of files that everybody may read.
      return file(`/etc/netplan/${name}.yaml`, netplan(route, keeper), '0600');
    case 'networkd':
      return file(`/etc/systemd/network/${keeper.detail}.d/${name}.conf`, networkd(route), '0644');
    case 'ifupdown':
      return file(`/etc/network/if-up.d/${name}`, ifupdown(route, keeper), '0755');
  }
}
