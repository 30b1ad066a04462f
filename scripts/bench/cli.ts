import { join } from 'node:path';
import type { Benchmark } from './benchmark.js';
import { interleaved, type Variant } from './harness.js';
import { cli, environment, makeProject } from './places.js';
import { has, timed } from './processes.js';

const small = `apiVersion: runbook/v1
name: small
title: A small runbook
steps:
  - id: forwarding
    action: linux.sysctl
    input: { key: net.ipv4.ip_forward, value: 1 }
  - id: file
    action: linux.file
    input: { path: /etc/sysctl.d/60-ecmp.conf, content: "net.ipv4.fib_multipath_hash_policy = 1\\n" }
  - id: module
    action: linux.kernel-module
    input: { module: geneve }
`;

export const benchmark: Benchmark = {
  name: 'cli',
  summary: 'start of the command line against `node -e 0`',
  async run({ folder, rounds, peers, say }) {
    const project = makeProject(folder, 'apiVersion: runbook/v1\n', { small });
    const env = environment(join(folder, 'state'));
    const node = (...args: string[]) => timed(process.execPath, args, { env, cwd: project });
    const variants: Variant[] = [
      { name: 'node -e 0', once: () => node('-e', '0') },
      { name: 'runbook --help', once: () => node(cli, '--help') },
      { name: 'runbook --version', once: () => node(cli, '--version') },
      { name: 'runbook validate small', once: () => node(cli, 'validate', 'small') },
    ];
    if (peers && has('ansible')) {
      variants.push({ name: 'ansible --version', once: () => timed('ansible', ['--version']) });
    }
    const raw = await interleaved(variants, rounds, say);
    const of = (name: string): readonly number[] => raw[name] ?? [];
    const over = (name: string, target: number | null) => ({
      what: `${name} / node -e 0`,
      over: of(name),
      under: of('node -e 0'),
      target,
    });
    return {
      rows: variants.map(({ name }) => ({
        what: name,
        values: of(name),
        unit: 'ms',
        target: null,
      })),
      ratios: [
        over('runbook --help', 1.5),
        over('runbook --version', 1.5),
        over('runbook validate small', null),
      ],
      notes: [],
      raw,
    };
  },
};
