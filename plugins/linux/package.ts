import { z } from 'zod';
import { defineAction } from '../../core/action.js';
import { sameJson } from '../../core/json.js';
import type { Target } from '../../core/target.js';
import { bringBack, install, plainName, remove, takeBack, takeBackOthers } from './apt-change.js';
import { aptOf, parseStatus, queryFormat, type PackageState } from './apt.js';
import { memo } from './files/store.js';

const inputSchema = z
  .strictObject({
    name: z
      .string()
      .max(128)
      .regex(/^[a-z0-9][a-z0-9+.-]+(?::[a-z0-9-]+)?$/, 'not the name of a Debian package')
      .describe('Package, such as frr; with :arch where several architectures are in use.'),
    state: z
      .enum(['present', 'absent'])
      .default('present')
      .describe('Whether it must be installed.'),
    version: z
      .string()
      .max(128)
      .regex(/^[0-9][A-Za-z0-9.+:~-]*$/, 'not a version of a Debian package')
      .optional()
      .describe('Exact version, such as 1.33.2-1.1. Left out: any that is installed will do.'),
  })
  .refine(
    ({ state, version }) => state === 'present' || version === undefined,
    'what is absent has no version',
  );
type Input = z.output<typeof inputSchema>;

async function find(target: Target, name: string): Promise<PackageState> {
  const args = ['--show', `--showformat=${queryFormat}`, '--', name];
  const query = await target.run('dpkg-query', args, { exits: [0, 1], failure: 'check-failed' });
  const state = parseStatus(query.exitCode === 0 ? query.stdout : '');
  if (state.status !== 'installed') return { ...state, auto: false };
  const marked = await target.run('apt-mark', ['showauto', name], { failure: 'check-failed' });
  return { ...state, auto: marked.stdout.trim() !== '' };
}

function difference(found: PackageState, { name, state, version }: Input): string | null {
  const is = found.status === 'installed' ? `${name} ${found.version ?? ''}` : name;
  if (state === 'absent') {
    const gone = found.status === 'not-installed' || found.status === 'config-files';
    return gone ? null : `${is} is ${found.status}`;
  }
  if (found.status === 'not-installed' || found.status === 'config-files') {
    return `${name}${version === undefined ? '' : ` ${version}`} is not installed`;
  }
  if (found.status !== 'installed') return `${name} is only ${found.status}`;
  if (version === undefined || version === found.version) return null;
  return `${is} is installed instead of ${version}`;
}

/** Has a Debian package installed, in some or in one version, or removed. */
export const linuxPackage = defineAction({
  name: 'linux.package',
  summary: 'Installs or removes a package of Debian or Ubuntu.',
  impact: 'disrupt',
  on: 'host',
  timeout: '15m',
  input: inputSchema,
  output: z.strictObject({
    version: z.string().nullable().describe('Version installed; null where there is none.'),
  }),
  settle: { timeout: '10s', every: '1s' },
  resource: ({ name }) => `package/${name}`,
  async check({ target }, input) {
    const found = await find(target, input.name);
    const version = found.status === 'installed' ? found.version : null;
    return { before: found, drift: difference(found, input), output: { version } };
  },
  async apply(ctx, input) {
    const found = await find(ctx.target, input.name);
    if (difference(found, input) === null) return;
    const { name, state, version } = input;
    const apt = aptOf(ctx.target);
    if (state === 'absent') {
      await remove(apt, name);
    } else {
      const wanted = version === undefined ? name : `${name}=${version}`;
      const added = memo(ctx.target, ctx.run.id, `package-${name}`);
      await install(apt, wanted, added);
    }
  },
  async undo(ctx, { name }, before) {
    const apt = aptOf(ctx.target);
    const added = memo(ctx.target, ctx.run.id, `package-${name}`);
    const brought = ((await added.recall()) ?? '').split('\n').filter((line) => line !== '');
    const found = await find(ctx.target, name);
    if (before.status === 'installed' && before.version !== null) {
      if (found.status !== 'installed' || found.version !== before.version) {
        await bringBack(apt, name, before.version);
      }
      if (before.auto) await ctx.target.run('apt-mark', ['auto', name], { sudo: true });
    }
    if (before.status === 'config-files' && found.status !== 'config-files') {
      await remove(apt, name);
    }
    const others = brought.filter((other) => plainName(other) !== plainName(name));
    if (before.status === 'not-installed') await takeBack(apt, name, [name, ...others]);
    else if (others.length > 0) await takeBackOthers(apt, others);
    await added.forget();
  },
  restored(before, found) {
    const installed = before.status === 'installed';
    const same = installed ? sameJson(before, found) : before.status === found.status;
    return same ? null : `${found.status} ${found.version ?? ''} instead of ${before.status}`;
  },
  examples: [
    { title: 'FRR with its reload tool', input: { name: 'frr-pythontools' } },
    { title: 'A pinned kubelet', input: { name: 'kubelet', version: '1.33.2-1.1' } },
    {
      title: 'No unattended upgrades',
      input: { name: 'unattended-upgrades', state: 'absent' },
    },
  ],
  notes: `For Debian and Ubuntu: asks dpkg, acts through apt without questions, without recommended
packages, and waits up to two minutes for another apt to end. Configuration files that were changed
by hand stay.

- The lists of packages are fetched only where apt does not know the package or version.
- Nothing else is removed: an install that needs a removal, and a removal that others would follow, are
  refused with their names. A held package is refused too.
- What installing brings is listed on the target before it begins (\`/var/lib/runbook/<run>/memo\`), so
  that undo removes exactly that, also after a crash, except what others have come to need.
- Undo of a new package purges it. Undo of another version needs the former one in a package source;
  else it says so and the run parks.
- An apt killed inside dpkg is mended (\`dpkg --configure -a\`) before the next attempt.
- Installing may start services: dpkg of Debian does so by default.`,
});
