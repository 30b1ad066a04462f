import { openFar } from './far/host.js';
import { allSpots, type Point } from './points.js';
import { killedAt, type Part } from './rounds.js';
import { cancelledAt } from './scenarios/cancelled.js';
import { flood } from './scenarios/floods.js';
import { hostileHosts } from './scenarios/hostile-hosts.js';
import { hostilePaths } from './scenarios/hostile-paths.js';
import { injected } from './scenarios/injected.js';
import { together } from './scenarios/scenario.js';
import { signalled } from './scenarios/signalled.js';
import { secretsTold } from './scenarios/secrets-told.js';
import { everyBreak } from './scenarios/ssh-broken.js';
import { tasksLost } from './scenarios/tasks-lost.js';
import { sameId, samePlace } from './scenarios/started-twice.js';

/** 72 points, with twelve steps. That it is killed while it verifies, or has put back, is left to the long run. */
const killPoints: readonly Point[] = [
  'between',
  'before',
  'during',
  'heartbeat',
  'unreported',
  'undo',
];

/** What each commit is tried with, here: the countable points, and some of each that needs no other host. */
export const sampleHere: readonly Part[] = [
  ...killedAt(allSpots.filter(({ point }) => killPoints.includes(point))),
  { name: 'tasks-lost', play: tasksLost },
  { name: 'cancelled', play: (rig, dice) => cancelledAt(rig, dice, 10) },
  {
    name: 'started-twice',
    play: async (rig) => together([await sameId(rig, 20), await samePlace(rig)]),
  },
  {
    name: 'signalled',
    play: (rig, dice) => {
      const back = { whom: 'worker', signal: 'SIGTERM' } as const;
      return signalled(rig, dice, { whom: 'client', signal: 'SIGHUP' }, back);
    },
  },
  { name: 'secrets-told', play: (rig, dice) => secretsTold(rig, dice, 3) },
  { name: 'hostile-words', play: (rig, dice) => injected(rig, dice, 80) },
  { name: 'hostile-paths', play: (rig, dice) => hostilePaths(rig, dice, 40) },
];

/** The same over ssh, to hosts of its own. */
export const sampleFar: readonly Part[] = [
  { name: 'ssh-broken', play: (rig, dice) => everyBreak(rig, dice, 1) },
  { name: 'hostile-hosts', play: hostileHosts },
  {
    name: 'floods',
    play: async (rig) => {
      await openFar(rig, { flooded: {} });
      await rig.bench.expect(0, 'dev', 'start');
      return together([await flood(rig, 'text', 'local'), await flood(rig, 'one line', 'flooded')]);
    },
  },
];
