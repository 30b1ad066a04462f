import { z } from 'zod';
import { defineAction } from '../../core/action.js';
import { isRunbookError, type RunbookError } from '../../core/errors.js';
import { excerpt } from '../../core/excerpt.js';
import { connection } from './input.js';
import { ask } from './virsh.js';

/** Versions out of `virsh version`: of the library and of the hypervisor that runs. */
export function parseVersions(stdout: string): {
  readonly libvirt: string | null;
  readonly hypervisor: string | null;
} {
  const after = (key: string): string | null =>
    new RegExp(`^${key}: (.+)$`, 'm').exec(stdout)?.[1]?.trim() ?? null;
  return {
    libvirt: /([0-9][0-9.]*)$/.exec(after('Using library') ?? '')?.[1] ?? null,
    hypervisor: after('Running hypervisor'),
  };
}

/** Kinds of domain that the host can run, out of `virsh capabilities`: `kvm`, `qemu`… */
export function parseDomainTypes(xml: string): string[] {
  const types = [...xml.matchAll(/<domain type='([a-z0-9]+)'/g)].flatMap(([, type]) => type ?? []);
  return [...new Set(types)].sort();
}

function wanting(error: unknown): RunbookError {
  if (!isRunbookError(error)) throw error;
  if (error.code !== 'tool-missing' && error.code !== 'check-failed') throw error;
  return error;
}

/** Whether libvirt of a host can be used. */
export const libvirtUsable = defineAction({
  name: 'libvirt.usable',
  summary: 'libvirt answers, and can run machines.',
  impact: 'read',
  on: 'host',
  slow: true,
  input: z.strictObject({
    uri: connection,
    types: z
      .array(z.enum(['kvm', 'qemu', 'lxc', 'xen']))
      .default([])
      .describe('Kinds of machines that it must be able to run; none is asked for unless told.'),
  }),
  output: z.strictObject({
    libvirt: z.string().nullable().describe('Version of libvirt.'),
    hypervisor: z.string().nullable().describe('Hypervisor that it runs, with its version.'),
    types: z.array(z.string()).describe('Kinds of machines that it can run.'),
  }),
  settle: { timeout: '30s', every: '1s' },
  async check({ target }, { uri, types: wanted }) {
    try {
      const versions = parseVersions(await ask(target, uri, ['version']));
      const types = parseDomainTypes(await ask(target, uri, ['capabilities']));
      const lacks = wanted.filter((type) => !types.includes(type));
      const drift =
        lacks.length > 0
          ? `libvirt cannot run ${lacks.join(', ')}, only ${types.join(', ')}`
          : null;
      return { before: null, drift, output: { ...versions, types } };
    } catch (error) {
      const { message } = wanting(error);
      const none = { libvirt: null, hypervisor: null, types: [] };
      return { before: null, drift: excerpt(message, 256), output: none };
    }
  },
  examples: [
    { title: 'Can the host run virtual machines?', input: {} },
    { title: 'With the help of its processor, too?', input: { types: ['kvm'] } },
  ],
  notes: `That /dev/kvm can be opened, and that libvirt lists \`kvm\`, is no proof that a machine runs with it: inside
a virtual machine without nested virtualization it may stand still at its first instruction. Let
vagrant.reachable tell.`,
});
