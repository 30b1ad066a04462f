import { inventorySchema } from '../../../core/definition/inventory.js';
import type { Dice } from '../dice.js';
import type { Violation } from '../evidence.js';
import { openFar, type Far } from '../far/host.js';
import { port, type Sshd } from '../far/sshd.js';
import { effectSteps } from '../reference.js';
import type { Rig } from '../rig.js';
import { together, wrongExit, type Outcome } from './scenario.js';
import { phases } from './ssh-broken.js';
import { struck, type Fault } from './struck.js';

/** Why a host is not to be trusted: another answers in its place, its key is revoked, or nobody knows it any more. */
export const doubts = ['impostor', 'revoked', 'unknown'] as const;
export type Doubt = (typeof doubts)[number];

/** The only codes with which a run may wait. */
const codes: Readonly<Record<Doubt, string>> = {
  impostor: 'host-key-changed',
  revoked: 'host-key-changed',
  unknown: 'host-key-unknown',
};

/** How often somebody has tried to log in, with whatever credentials. */
function logins({ said }: Sshd): number {
  return [...said.matchAll(/Accepted|Failed|invalid user|authenticating user/g)].length;
}

function connections({ said }: Sshd): number {
  return [...said.matchAll(/Connection from/g)].length;
}

function faultOf(rig: Rig, kind: Doubt, far: Far, impostor: Far): Fault {
  const known = `far/${far.name}/known_hosts-1`;
  const [sshd] = far.seats;
  const right = rig.bench.read(known) ?? '';
  const write = (text: string): void => {
    rig.bench.write(known, text);
    sshd.hangUp();
  };
  const turn = (to: Far): void => {
    far.proxy.turn(port, to.network.address);
    far.proxy.reset();
  };
  const mend = (): void => (kind === 'impostor' ? turn(far) : write(right));
  switch (kind) {
    case 'impostor':
      return { name: kind, noticed: true, strike: () => turn(impostor), mend };
    case 'revoked':
      return { name: kind, noticed: true, strike: () => write(`${right}@revoked ${right}`), mend };
    case 'unknown':
      return { name: kind, noticed: true, strike: () => write(''), mend };
  }
}

/**
 * F21: the host of a run is not to be trusted any more, at one moment. Whoever answers in its place is refused before
 * anything is sent but the handshake; trusted again, the run goes on.
 */
export async function doubted(
  rig: Rig,
  dice: Dice,
  far: Far,
  impostor: Far,
  kind: Doubt,
): Promise<Outcome> {
  const outcomes: Outcome[] = [];
  const [asked] = (kind === 'impostor' ? impostor : far).seats;
  for (const moment of dice.shuffled(phases)) {
    if (moment === 'login') for (const sshd of far.seats) sshd.hangUp();
    const { name, noticed, strike, mend } = faultOf(rig, kind, far, impostor);
    const before = { logins: 0, connections: 0 };
    const told: Violation[] = [];
    const fault: Fault = {
      name,
      noticed,
      strike: async () => {
        await strike();
        before.logins = logins(asked);
        before.connections = connections(asked);
      },
      mend: async () => {
        if (connections(asked) === before.connections)
          told.push({ invariant: 'I10', what: `${name}: nobody has asked who is there` });
        if (logins(asked) > before.logins)
          told.push({ invariant: 'I10', what: `${name}: somebody has tried to log in` });
        await mend();
      },
    };
    const phase = moment === 'login' ? moment : { step: dice.pick(effectSteps), point: moment };
    outcomes.push(await struck(rig, { fault, phase, host: far.name, codes: [codes[kind]] }));
    outcomes.push({ trials: 0, violations: told });
  }
  return together(outcomes);
}

/** Addresses and the like that ssh, a shell or a resolver could take for something else. */
const touch = 'touch${IFS}FOLDER/PWN';
const addresses: readonly string[] = [
  `-oProxyCommand=${touch}`,
  `root@127.0.0.1`,
  `ada:secret@127.0.0.1`,
  'ssh://127.0.0.1',
  '::1',
  '[::1]',
  'fe80::1%lo',
  '127.1',
  '0x7f000001',
  `127.0.0.1;${touch}`,
  `$(${touch})`,
  `\`${touch}\``,
  `|${touch}`,
  '127.0.0.1/../..',
  'bücher.invalid',
  '\u202e1.0.0.721',
  '127.0.0.1\u0000.invalid',
  '%h',
  'a'.repeat(5000),
];
const others: readonly (readonly [string, string])[] = [
  ['user', `-oProxyCommand=${touch}`],
  ['user', `root;${touch}`],
  ['user', 'root@127.0.0.1'],
  ['via', 'netns/../../etc'],
  ['via', `netns/a;${touch}`],
  ['via', `-oProxyCommand=${touch}`],
];
/** Codes of a host that is not there, or that nobody knows. */
const nowhere = ['unreachable', 'host-key-unknown', 'command-timeout'];

type Entry = Readonly<Record<string, string>>;

function entries(folder: string, key: string): Entry[] {
  const all = [
    ...addresses.map((address) => ({ address, key })),
    ...others.map(([field, word]) => ({ address: '127.0.0.1', key, [field]: word })),
  ];
  return all.map((entry) =>
    Object.fromEntries(
      Object.entries(entry).map(([field, word]) => [field, word.replaceAll('FOLDER', folder)]),
    ),
  );
}

function isSound(entry: Entry): boolean {
  return inventorySchema.safeParse({ hosts: { h: entry } }).success;
}

/** F21: hosts with such names are refused with their place, or nobody is reached there; and nothing is done. */
export async function hostileNames(rig: Rig, key: string): Promise<Outcome> {
  const { bench } = rig;
  const all = entries(bench.folder, key);
  const inventory = bench.read('inventory.yaml') ?? '';
  const violations: Violation[] = [];
  const step = (at: number): string =>
    `      - { id: h${at}, on: h${at}, timeout: 20s, retry: { attempts: 1 }, onFailure: continue, action: linux.command, input: { check: ["false"], apply: [touch, FOLDER/REACHED], undo: nothing } }`;
  const write = (hosts: readonly Entry[]): void => {
    const named = Object.fromEntries(hosts.map((entry, at) => [`h${at}`, entry]));
    bench.write('inventory.yaml', JSON.stringify({ apiVersion: 'runbook/v1', hosts: named }));
    const steps = hosts.map((_, at) => step(at)).join('\n');
    bench.runbook('reach', `steps:\n  - id: all\n    parallel:\n${steps}\n`);
  };
  write(all);
  const refused = await rig.insist('validate', 'reach');
  violations.push(...wrongExit('validate with hostile hosts', refused, 1));
  const unsound = all.flatMap((entry, at) => (isSound(entry) ? [] : [`hosts.h${at}.`]));
  const said = `${refused.stdout}${refused.stderr}`;
  for (const place of unsound.filter((one) => !said.includes(one)))
    violations.push({ invariant: 'I10', what: `${place} is refused without a word` });
  const sound = all.filter(isSound);
  write(sound);
  const run = rig.newRun();
  const started = await rig.insist('start', 'reach', '--id', run, '--yes', '--plain');
  const { record } = await rig.evidence(run);
  const steps = record.steps.filter(({ action }) => action !== null);
  if (steps.length !== sound.length) throw new Error(`start reach: ${started.stderr}`);
  for (const { path, outcome, failure } of steps)
    if (outcome !== 'failed' || !nowhere.includes(failure?.code ?? ''))
      violations.push({ invariant: 'I10', what: `${path} ${outcome}: ${failure?.message}` });
  for (const made of ['PWN', 'REACHED'])
    if (bench.read(made) !== null)
      violations.push({ invariant: 'I10', what: `something has made ${made}` });
  bench.write('inventory.yaml', inventory);
  rig.nemesis.count('hosts with hostile names', all.length);
  return { trials: all.length, violations };
}

/** F21: each doubt at each moment, and every hostile name. */
export async function hostileHosts(rig: Rig, dice: Dice): Promise<Outcome> {
  const talkative = { config: ['LogLevel VERBOSE'] };
  const hosts = await openFar(rig, {
    ...Object.fromEntries(doubts.map((kind) => [kind, { ...talkative, through: true }])),
    other: talkative,
  });
  const impostor = hosts.at(-1);
  await rig.bench.expect(0, 'dev', 'start');
  const lanes = doubts.map((kind, at) => {
    const far = hosts[at];
    if (far === undefined || impostor === undefined) throw new Error(`no host for ${kind}`);
    return doubted(rig, dice.fork(), far, impostor, kind);
  });
  const outcomes = await Promise.all(lanes);
  return together([...outcomes, await hostileNames(rig, hosts[0]?.seats[0].key ?? '')]);
}
