import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Ansible } from './ansible.js';
import { BareSsh } from './bare-ssh.js';
import type { Benchmark, Comparison, Row } from './benchmark.js';
import { Embedded } from './embedded.js';
import { interleaved, type Variant } from './harness.js';
import { cli, environment, makeProject } from './places.js';
import { endedChildrenMs, need, processesWith, processorMs, timed } from './processes.js';
import { startSdk } from './sdk.js';
import { endSessions, inventoryOf, startSshd } from './sshd.js';

const hosts = 50;
const probes = 3;
const name = 'bench-drift';
const addresses = Array.from({ length: hosts }, (_, at) => `127.0.7.${at + 1}`);

const steps = Array.from({ length: probes }, (_, at) => ({
  id: `look-${at + 1}`,
  on: 'all',
  action: 'linux.command',
  input: { check: ['true'], apply: ['false'] },
}));

/**
 * Looks, cold and warm, that come before the first round: a worker runs for weeks, and its code is compiled by then, as
 * is that of the floors. Ansible is a new process each time.
 */
const before = 12;

/** How many times as long as ours Ansible is to take at least. */
const promised: Readonly<Record<string, number>> = { cold: 20, warm: 60 };

const limited = 'timeout 30 true';
/** What ssh2 runs alone, by what it is called. */
const floors = { 'ssh2 alone': 'true', 'ssh2 and a time limit': limited };
/** The same within a workflow: what every durable plan is made of. */
const durable = 'SDK, ssh2 and a time limit';
const idle = 'SDK, as many activities that do nothing';

/** A way to look at all hosts, with the processor time that it took, one value per round. */
interface Way extends Variant {
  readonly processor: number[];
}

/** A way of which also the processor time is noted: of programs that end, and of those that go on. */
function way(
  called: string,
  lasting: () => readonly number[],
  prepare: () => Promise<void>,
  look: () => Promise<number>,
): Way {
  const processor: number[] = [];
  const spent = (): number => endedChildrenMs() + processorMs(lasting());
  const once = async (): Promise<number> => {
    await prepare();
    const before = spent();
    const ms = await look();
    processor.push(spent() - before);
    return ms;
  };
  return { name: called, once, processor };
}

export const benchmark: Benchmark = {
  name: 'drift',
  summary: `${probes} probes on each of ${hosts} hosts over ssh`,
  ownNetwork: true,
  async run(stage) {
    if (stage.peers) need({ 'ansible-playbook': 'ansible-core' });
    const { folder } = stage;
    const sshdOf = async (whose: string) => {
      const sshd = await startSshd(join(folder, whose), addresses);
      stage.later(() => sshd.stop());
      stage.later(() => endSessions(sshd));
      return sshd;
    };
    const nothing = (): Promise<void> => Promise.resolve();
    const ours = await sshdOf('ours');
    const runbook = { apiVersion: 'runbook/v1', name, steps };
    const project = makeProject(folder, inventoryOf(ours), { [name]: JSON.stringify(runbook) });
    const embedded = await Embedded.start(folder, project);
    stage.later(() => embedded.stop());
    const env = environment(embedded.session.state);
    const drift = (): Promise<number> =>
      timed(process.execPath, [cli, '--project', project, 'drift', name], { env });
    const plan = (): Promise<number> => embedded.plan({ name, steps });
    const lasting = (): number[] => [embedded.worker(), embedded.server()];
    const ways = [
      way('runbook drift, cold', lasting, () => endSessions(ours), drift),
      way('runbook drift, warm', lasting, nothing, drift),
      way('plan on the worker, cold', lasting, () => endSessions(ours), plan),
      way('plan on the worker, warm', lasting, nothing, plan),
    ];
    const bare = new BareSsh(await sshdOf('bare'));
    stage.later(() => Promise.resolve(bare.close()));
    const look = (called: string, line: string, prepare: () => void): Variant => ({
      name: called,
      once: () => {
        prepare();
        return bare.look(addresses, probes, line);
      },
    });
    const reached = await sshdOf('sdk');
    const execute = await startSdk(stage, embedded, reached);
    const sdk = (how: string, prepare: () => Promise<void>): Variant => ({
      name: `${durable}, ${how}`,
      once: async () => {
        await prepare();
        return await execute('sdkProbes', addresses, probes, limited);
      },
    });
    const floor = [
      ...Object.entries(floors).flatMap(([called, line]) => [
        look(`${called}, cold`, line, () => bare.close()),
        look(`${called}, warm`, line, () => undefined),
      ]),
      sdk('cold', () => endSessions(reached)),
      sdk('warm', nothing),
      { name: idle, once: () => execute('sdkProbes', addresses, probes, null) },
    ];
    if (stage.peers) {
      const theirs = await sshdOf('theirs');
      const own = join(folder, 'ansible');
      mkdirSync(own);
      const task = { command: '/bin/true', changed_when: false };
      const tasks = Array.from({ length: probes }, () => task);
      const play = new Ansible(own, theirs).playbook('look', tasks);
      // The connections that ssh holds for the next playbook.
      const masters = (): number[] => processesWith(join(folder, 'theirs', 'cm-'));
      ways.push(
        way('ansible-playbook, cold', masters, () => endSessions(theirs), play),
        way('ansible-playbook, warm', masters, nothing, play),
      );
    }
    stage.say(`${before} looks of each that lasts before the first round`);
    const lasts = [...ways, ...floor].filter(
      ({ name }) => !/^(ansible-playbook|runbook drift)/.test(name),
    );
    for (let at = 0; at < before; at++) for (const one of lasts) await one.once();
    for (const one of ways) one.processor.length = 0;
    const wall = await interleaved([...ways, ...floor], stage.rounds, stage.say);
    // The first look of each is that of the round which is not counted.
    const processor = Object.fromEntries(
      ways.map((one) => [`${one.name}, processor`, one.processor.slice(1)]),
    );
    const raw = { ...wall, ...processor };
    const row = (what: string): Row => ({
      what,
      values: raw[what] ?? [],
      unit: 'ms',
      target: null,
    });
    const against = (what: string, how: string): Comparison => {
      const least = what === 'plan on the worker' ? promised[how] : undefined;
      return {
        what: `ansible-playbook / ${what}, ${how}`,
        over: raw[`ansible-playbook, ${how}`] ?? [],
        under: raw[`${what}, ${how}`] ?? [],
        target: null,
        ...(least === undefined ? {} : { least }),
      };
    };
    const hows = ['cold', 'warm', 'cold, processor', 'warm, processor'];
    return {
      rows: Object.keys(raw).map(row),
      ratios: [
        ...['runbook drift', 'plan on the worker'].flatMap((what) =>
          hows.map((how) => against(what, how)),
        ),
        ...[...Object.keys(floors), durable].flatMap((what) =>
          hows.slice(0, 2).map((how) => against(what, how)),
        ),
      ],
      notes: [
        `Worker and floors have made ${before} looks of each kind before the first round. Cold: no connection is open. Ansible: 50 forks, pipelining, ControlPersist, no facts, three tasks \`command\`.`,
        'runbook drift and ansible-playbook are whole processes, their start included. Plan on the worker: what a schedule has made, or a client that is there.',
        'ssh2 alone: the same connections and as many commands in one process of Node, all at once, with nothing around them; with a time limit, each command under `timeout`.',
        'SDK, ssh2 and a time limit: the same as one local activity each, all at once in one workflow on the same server; nothing of ours.',
        'Processor: of the controlling side alone: ours with worker and Temporal server, Ansible with the ssh that it shares.',
        'The hosts are one sshd (one for each side) on this machine: their work takes its processors as well.',
      ],
      raw,
    };
  },
};
