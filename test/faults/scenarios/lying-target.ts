import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Dice } from '../dice.js';
import { openFar, type Far, type FarWishes } from '../far/host.js';
import type { Rig } from '../rig.js';
import { together, type Outcome } from './scenario.js';
import { unreached } from './ssh-broken.js';
import { toTheEnd } from './struck.js';

/** Ends that say nothing of the command: one command in so many ends in that way. */
const wrongEnds = ['exits-0', 'account-closed', 'killed', 'no-status', 'dies-after'] as const;
/** What is only in the way: every other command meets it. */
const inTheWay = ['motd', 'farewell', 'lingers', 'slow'] as const;
/** Lies that the login shell's own start-up file tells, each time. */
const startUps = {
  'bashrc-noise': 'echo "Last login: today"; printf "disk is 93%% full" >&2; printf "no newline"',
  'bashrc-tty': 'stty sane; exec 3<>/dev/tty; read -r -t 1 answer </dev/tty; tput clear',
  'bashrc-alias': 'alias exec=echo; alias timeout=false; set -u; umask 077; cd /nowhere',
} as const;

type StartUp = keyof typeof startUps;
export type Lie = (typeof wrongEnds)[number] | (typeof inTheWay)[number] | StartUp;
export const lies: readonly Lie[] = [
  ...wrongEnds,
  ...inTheWay,
  ...(Object.keys(startUps) as StartUp[]),
];

const shell = fileURLToPath(new URL('../far/lying.sh', import.meta.url));
/** More than any run has. */
const commands = 2000;

function wishFor(rig: Rig, dice: Dice, lie: Lie): FarWishes {
  if (Object.hasOwn(startUps, lie)) return { bashrc: startUps[lie as StartUp] };
  const oneIn = inTheWay.some((kind) => kind === lie) ? 2 : 8;
  const told = Array.from({ length: commands }, () => (dice.below(oneIn) === 0 ? '1' : '0'));
  rig.bench.write(`lying/${lie}/lies`, `${told.join('\n')}\n`);
  rig.bench.write(`lying/${lie}/count`, '0\n');
  rig.bench.write('lying/lying.sh', readFileSync(shell, 'utf8'));
  const command = `sh ${rig.bench.path('lying/lying.sh')} ${lie} ${rig.bench.path('lying', lie)}`;
  return { config: [`ForceCommand ${command}`] };
}

/** Hosts that lie, one in each way. */
export function openLiars(rig: Rig, dice: Dice, kinds: readonly Lie[]): Promise<Far[]> {
  const wishes = kinds.map((lie) => [lie, wishFor(rig, dice, lie)] as const);
  return openFar(rig, Object.fromEntries(wishes));
}

/** F22: a run on a host that lies. */
export async function lyingTarget(rig: Rig, far: Far): Promise<Outcome> {
  const run = rig.newRun();
  await rig.start(run, { host: far.name });
  const violations = await toTheEnd(rig, run, unreached);
  rig.nemesis.count(`runs on a host that lies: ${far.name}`);
  return { trials: 1, violations: [...violations, ...(await rig.judge(run))] };
}

/** F22: a run on each host that lies, some side by side. */
export async function everyLie(rig: Rig, dice: Dice): Promise<Outcome> {
  const hosts = await openLiars(rig, dice, lies);
  await rig.bench.expect(0, 'dev', 'start');
  const left = dice.shuffled(hosts);
  const lane = async (): Promise<Outcome> => {
    const outcomes: Outcome[] = [];
    for (let far = left.pop(); far !== undefined; far = left.pop())
      outcomes.push(await lyingTarget(rig, far));
    return together(outcomes);
  };
  return together(await Promise.all([lane(), lane(), lane(), lane()]));
}
