import { PermanentError, RunbookError } from '../../../core/errors.js';
import { excerpt, plainText } from '../../../core/excerpt.js';
import type { Target } from '../../../core/target.js';

/** What brings the interfaces of a machine up at boot. */
export const keepers = ['netplan', 'networkd', 'ifupdown'] as const;
export type KeeperKind = (typeof keepers)[number];

/** Who keeps the routes of one interface. */
export interface Keeper {
  readonly kind: KeeperKind;
  readonly dev: string;
  /** netplan: the kind of the interface; networkd: name of its .network file; ifupdown: nothing. */
  readonly detail: string;
}

/**
 * Prints who brings the interface of the gateway $1 up at boot ($2: the interface, or empty), as words:
 * `netplan eth1 ethernets`, `networkd eth1 10-eth1.network` or `ifupdown eth1`; or `nobody eth1`.
 * netplan first, because it makes the files that networkd reads. It must know the interface already:
 * naming it would take it over. ifupdown tells its hooks of each interface, and at the end of the boot of
 * all of them, so that the interface need not be one of its own.
 */
const script = `set -eu
via=$1 dev=$2
if [ -z "$dev" ]; then
  dev=$(ip -o route get "$via" | sed -n 's/.* dev \\([^ ]*\\).*/\\1/p')
  [ -n "$dev" ] || exit 66
fi
[ -e "/sys/class/net/$dev" ] || exit 67
if command -v netplan >/dev/null 2>&1 && ls /etc/netplan/*.yaml >/dev/null 2>&1; then
  for kind in ethernets bridges bonds vlans wifis; do
    told=$(netplan get "$kind.$dev" 2>/dev/null || :)
    case $told in ''|null|'{}') ;; *) echo "netplan $dev $kind"; exit 0 ;; esac
  done
fi
link=/run/systemd/netif/links/$(cat "/sys/class/net/$dev/ifindex")
if [ -r "$link" ]; then
  file=$(sed -n 's/^NETWORK_FILE=//p' "$link")
  case $file in '') ;; *) echo "networkd $dev \${file##*/}"; exit 0 ;; esac
fi
if [ -d /etc/network/if-up.d ] && ls /etc/systemd/system/*.wants/networking.service >/dev/null 2>&1; then
  echo "ifupdown $dev"; exit 0
fi
echo "nobody $dev"
`;

/**
 * Finds out who brings the interface up at boot.
 * @throws PermanentError `refused` where nobody does, or there is no way to the gateway.
 */
export async function keeperOf(target: Target, via: string, dev: string): Promise<Keeper> {
  const { exitCode, stdout, stderr } = await target.run('sh', ['-c', script, 'keeper', via, dev], {
    exits: [0, 66, 67],
    sudo: true,
    failure: 'check-failed',
  });
  if (exitCode !== 0) {
    const why = exitCode === 67 ? `there is no interface ${dev}` : `there is no way to ${via}`;
    const said = stderr.trim() === '' ? '' : `: ${excerpt(plainText(stderr), 120)}`;
    throw new PermanentError('refused', `${target.name}: ${why}${said}`, {
      hint: 'Correct via or dev; ip route get on the machine tells the way to the gateway.',
    });
  }
  return parseKeeper(target.name, stdout);
}

/** Reads what the script printed. @throws PermanentError `refused` for an interface that nobody keeps. */
export function parseKeeper(host: string, stdout: string): Keeper {
  const [kind = '', dev = '', detail = ''] = stdout.trim().split(' ');
  const known = keepers.find((each) => each === kind);
  const plain = /^[A-Za-z0-9._-]+$/.test(dev);
  if (known !== undefined && plain) return { kind: known, dev, detail };
  if (kind !== 'nobody') {
    throw new RunbookError('check-failed', `${host}: who keeps its routes cannot be told`);
  }
  throw new PermanentError(
    'refused',
    `${host}: neither netplan nor systemd-networkd nor ifupdown brings ${dev} up at boot`,
    { hint: 'Put the route where this machine keeps its network configuration, by linux.file.' },
  );
}
