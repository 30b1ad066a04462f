import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Benchmark } from './benchmark.js';
import { interleaved, type Variant } from './harness.js';
import { cli, environment, makeProject } from './places.js';
import { has, timed } from './processes.js';

/** A runbook of so many steps, of the kinds and sizes that people write. */
function runbook(name: string, count: number): string {
  const steps = Array.from({ length: count }, (_, at) =>
    at % 2 === 0
      ? `  - id: step-${at}
    title: Write file ${at} of the service
    action: linux.file
    input: { path: "/etc/service/\${{ inputs.site }}/${at}.conf", content: "line ${at} of the file\\n", mode: "0644" }
`
      : `  - id: step-${at}
    title: Look whether ${at} is as it should be
    if: "\${{ inputs.site != 'none' }}"
    action: linux.command
    input:
      check: [test, -e, "/etc/service/\${{ inputs.site }}/${at - 1}.conf"]
      apply: [touch, "/etc/service/\${{ inputs.site }}/${at - 1}.conf"]
`,
  );
  return `apiVersion: runbook/v1
name: ${name}
inputs:
  site: { type: string, description: Name of the site. }
steps:
${steps.join('')}`;
}

function playbook(count: number): string {
  const tasks = Array.from(
    { length: count },
    (_, at) =>
      `    - name: Write file ${at} of the service\n      copy: { dest: "/etc/service/{{ site }}/${at}.conf", content: "line ${at}\\n", mode: "0644" }\n`,
  );
  return `- hosts: localhost\n  gather_facts: false\n  vars: { site: x }\n  tasks:\n${tasks.join('')}`;
}

export const benchmark: Benchmark = {
  name: 'validate',
  summary: 'validation of a file of 1,000 steps',
  async run({ folder, rounds, peers, say }) {
    const large = runbook('thousand', 1000);
    const project = makeProject(folder, 'apiVersion: runbook/v1\n', {
      thousand: large,
      most: runbook('most', 600),
      one: runbook('one', 2),
    });
    const env = environment(join(folder, 'state'));
    const validate = (name: string) => () =>
      timed(process.execPath, [cli, 'validate', name], { env, cwd: project, codes: [1] });
    const variants: Variant[] = [
      { name: '1,000 steps', once: validate('thousand') },
      { name: '600 steps', once: validate('most') },
      { name: '2 steps', once: validate('one') },
    ];
    const peer = 'ansible-playbook --list-tasks, 1,000 tasks';
    if (peers && has('ansible-playbook')) {
      const file = join(folder, 'playbook.yaml');
      writeFileSync(file, playbook(1000));
      const args = ['-i', 'localhost,', '--list-tasks', file];
      variants.push({ name: peer, once: () => timed('ansible-playbook', args) });
    }
    const raw = await interleaved(variants, rounds, say);
    const of = (name: string): readonly number[] => raw[name] ?? [];
    return {
      rows: variants.map(({ name }) => ({
        what: name,
        values: of(name),
        unit: 'ms',
        target: name === '1,000 steps' ? 400 : null,
      })),
      ratios: [{ what: 'Ansible / ours', over: of(peer), under: of('1,000 steps'), target: null }],
      notes: [
        `The file of 1,000 steps has ${Math.round(large.length / 1024)} KiB. A run holds 600 steps: the whole file is read and checked all the same, and that is the one problem told.`,
      ],
      raw,
    };
  },
};
