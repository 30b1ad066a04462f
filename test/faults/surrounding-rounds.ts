import type { Part } from './rounds.js';
import { everyBadLink } from './scenarios/bad-link.js';
import { everyApiTrouble, everyDrain } from './scenarios/cluster-api.js';
import { diskBroken } from './scenarios/disk-broken.js';
import { everyFlood } from './scenarios/floods.js';
import { hostileHosts } from './scenarios/hostile-hosts.js';
import { everyWayAway } from './scenarios/host-away.js';
import { everyLie } from './scenarios/lying-target.js';
import { everyBreak } from './scenarios/ssh-broken.js';
import { everyLoad } from './scenarios/overloaded.js';
import { sshdLimits } from './scenarios/sshd-limits.js';
import { scarce, starved } from './scenarios/starved.js';

const full = (['database', 'logs', 'target'] as const).map((place): Part => ({
  name: 'disk-full',
  play: (rig, dice) => diskBroken(rig, dice, place, 'full'),
}));
const readOnly = (['logs', 'target'] as const).map((place): Part => ({
  name: 'read-only',
  play: (rig, dice) => diskBroken(rig, dice, place, 'read-only'),
}));

/** Everything once that breaks targets, networks, disks and API servers. */
export const surroundingParts: readonly Part[] = [
  { name: 'ssh-broken', play: everyBreak },
  { name: 'bad-link', play: everyBadLink },
  { name: 'sshd-limits', play: (rig) => sshdLimits(rig, 9) },
  { name: 'host-away', play: everyWayAway },
  ...full,
  ...readOnly,
  ...scarce.map((kind): Part => ({
    name: `few-${kind}`,
    play: (rig, dice) => starved(rig, dice, kind),
  })),
  { name: 'floods', play: everyFlood },
  { name: 'hostile-hosts', play: hostileHosts },
  { name: 'overloaded', play: everyLoad },
  { name: 'lying-target', play: everyLie },
  { name: 'cluster-api', play: everyApiTrouble },
  { name: 'drain-stuck', play: everyDrain },
];
