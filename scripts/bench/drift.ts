import { Ansible } from './ansible.js';
import type { Benchmark } from './benchmark.js';
import { Embedded } from './embedded.js';
import { interleaved } from './harness.js';
import { cli, environment, makeProject } from './places.js';
import { need, timed } from './processes.js';
import { endShared, inventoryOf, startSshd } from './sshd.js';

const hosts = 50;
/** Loopback addresses that nothing else listens on. */
const addresses = Array.from({ length: hosts }, (_, at) => `127.0.7.${at + 1}`);

const runbook = `apiVersion: runbook/v1
name: bench-drift
steps:
  - { id: look, on: all, action: linux.command, input: { check: ['true'], apply: ['false'] } }
`;

export const benchmark: Benchmark = {
  name: 'drift',
  summary: `one look at ${hosts} hosts over ssh: runbook drift and ansible-playbook, whole processes`,
  async run(stage) {
    if (stage.peers) need({ 'ansible-playbook': 'ansible-core' });
    const { folder } = stage;
    const sshd = await startSshd(folder, addresses);
    stage.later(() => sshd.stop());
    stage.later(() => endShared(sshd));
    const project = makeProject(folder, inventoryOf(sshd), { 'bench-drift': runbook });
    const embedded = await Embedded.start(folder, project);
    stage.later(() => embedded.stop());
    const env = environment(process.env['RUNBOOK_STATE_DIR'] ?? '');
    const look = (): Promise<number> =>
      timed(process.execPath, [cli, '--project', project, 'drift', 'bench-drift'], { env });
    /** A worker that has no connection yet. */
    const anew = async (): Promise<void> => {
      const old = embedded.worker();
      process.kill(old, 'SIGTERM');
      while (isAlive(old)) await new Promise((resolve) => setTimeout(resolve, 20));
      await embedded.session.worker();
    };
    const play = new Ansible(folder, sshd).playbook('look', [
      { command: '/bin/true', changed_when: false },
    ]);
    const variants = [
      {
        name: 'runbook drift, cold',
        once: async () => {
          await anew();
          return look();
        },
      },
      {
        name: 'runbook drift, warm',
        once: async () => {
          await look();
          return look();
        },
      },
      ...(stage.peers
        ? [
            {
              name: 'ansible-playbook, cold',
              once: () => {
                endShared(sshd);
                return play();
              },
            },
            { name: 'ansible-playbook, warm', once: play },
          ]
        : []),
    ];
    const raw = await interleaved(variants, stage.rounds, stage.say);
    const row = (name: string) => ({
      what: name,
      values: raw[name] ?? [],
      unit: 'ms',
      target: null,
    });
    const against = (how: string) => ({
      what: `ansible-playbook / runbook drift, ${how}`,
      over: raw[`ansible-playbook, ${how}`] ?? [],
      under: raw[`runbook drift, ${how}`] ?? [],
      target: null,
    });
    return {
      rows: variants.map(({ name }) => row(name)),
      ratios: stage.peers ? [against('cold'), against('warm')] : [],
      notes: [
        `one sshd on ${hosts} loopback addresses. Cold: no connection is there. Ansible: 50 forks, pipelining, ControlPersist, no facts.`,
        'both are whole processes, their start included.',
      ],
      raw,
    };
  },
};

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
