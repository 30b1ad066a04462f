import { createHash } from 'node:crypto';
import { z } from 'zod';
import { defineAction, type ActionContext } from '../../core/action.js';
import { PermanentError } from '../../core/errors.js';
import { excerpt } from '../../core/excerpt.js';
import { powerOf } from './machine/power.js';
import { statusOf } from './machine/status.js';
import { mustBePossible } from './preflight.js';
import { snapshotInput, type SnapshotInput } from './snapshot/input.js';
import { noDisk, snapshotStore, type SeenSnapshot } from './snapshot/store.js';

/** What undo needs: whether there was a snapshot, and what the disks were equal to. */
type Found = {
  readonly saved: boolean;
  readonly disks: Readonly<Record<string, string | null>>;
};

function storeOf({ target }: ActionContext, { dir, name }: SnapshotInput) {
  return snapshotStore(target, `${dir}/${name}`);
}

function driftOf(input: SnapshotInput, seen: SeenSnapshot): string | null {
  const named = `snapshot ${input.name}`;
  switch (input.state) {
    case 'saved':
      return seen.id === null ? `${named} does not exist` : null;
    case 'absent':
      return seen.id === null ? null : `${named} exists`;
    case 'restored': {
      if (seen.id === null) return `${named} does not exist`;
      const other = input.machines.filter(({ name }) => seen.disks[name] !== seen.id);
      const names = other.map(({ name }) => name).join(', ');
      return other.length === 0 ? null : `${names} may differ from ${named}`;
    }
  }
}

function refused(message: string, hint: string): PermanentError {
  return new PermanentError('refused', message, { hint });
}

async function mustBeDown(ctx: ActionContext, input: SnapshotInput): Promise<void> {
  const { prefix, machines } = input;
  const states = await Promise.all(
    machines.map((machine) => statusOf(ctx.target, { ...machine, prefix })),
  );
  const on = machines.filter((_, index) => {
    const state = states[index]?.state;
    return state === 'running' || state === 'starting';
  });
  if (on.length === 0) return;
  throw refused(
    `snapshot ${input.name}: ${on.map(({ name }) => name).join(', ')} is running`,
    'Stop the machines first (nspawn.machine with state: stopped).',
  );
}

/** Saves the disks of stopped machines, and makes them so again. */
export const nspawnSnapshot = defineAction({
  name: 'nspawn.snapshot',
  summary:
    'Saves the disks of stopped machines under a name, restores them, or removes what was saved.',
  impact: 'destroy',
  on: 'host',
  input: snapshotInput,
  output: z.strictObject({
    id: z.string().nullable().describe('Identity of the snapshot; null where there is none.'),
    machines: z.array(z.string()).describe('Machines that it holds a disk of.'),
  }),
  timeout: '15m',
  settle: { timeout: '10s', every: '1s' },
  resource: ({ dir, name, state }) =>
    `snapshot/${state === 'restored' ? 'disks/' : ''}${dir}/${name}`,

  async check(ctx, input) {
    const seen = await storeOf(ctx, input).look(input.machines);
    const drift = driftOf(input, seen);
    if (drift !== null && input.state !== 'absent') {
      await mustBePossible(ctx.target, { tools: ['find', 'flock'], requires: input.requires });
    }
    const before: Found = { saved: seen.id !== null, disks: seen.disks };
    return {
      before,
      drift: drift === null ? null : excerpt(drift, 256),
      output: { id: seen.id, machines: [...seen.holds] },
    };
  },

  async apply(ctx, input) {
    const store = storeOf(ctx, input);
    const { machines } = input;
    const seen = await store.look(machines);
    if (driftOf(input, seen) === null) return;
    if (input.state === 'absent') {
      await store.remove(seen.id ?? '', machines);
      return;
    }
    await mustBeDown(ctx, input);
    if (input.state === 'saved') {
      const saved = await Promise.all(machines.map((machine) => store.save(machine)));
      const without = machines.filter((_, index) => saved[index] !== true);
      if (without.length > 0) {
        throw refused(
          `snapshot ${input.name}: ${without.map(({ name }) => name).join(', ')} has no disk`,
          'Make the machine first (nspawn.machine).',
        );
      }
      // The same for every attempt of this step: a second may find it finished by the first.
      const id = createHash('sha256')
        .update(`${ctx.run.id}\n${ctx.run.step}\n${input.dir}/${input.name}`)
        .digest('hex');
      await store.finish(id.slice(0, 16), machines);
      return;
    }
    const { id } = seen;
    if (id === null) {
      throw refused(`there is no snapshot ${input.name}`, 'Save it first, with state: saved.');
    }
    const stale = machines.filter(({ name }) => seen.disks[name] !== id);
    const restored = await Promise.all(stale.map((machine) => store.restore(machine, id)));
    const without = stale.filter((_, index) => restored[index] !== true);
    if (without.length > 0) {
      const names = without.map(({ name }) => name).join(', ');
      throw refused(`snapshot ${input.name} has no disk of ${names}`, 'Save them again.');
    }
  },

  async undo(ctx, input, before) {
    const store = storeOf(ctx, input);
    const { machines } = input;
    const seen = await store.look(machines);
    const lost = (what: string): PermanentError =>
      new PermanentError('irreversible', `${what}: what was there before is gone`);
    switch (input.state) {
      case 'absent':
        if (before.saved && seen.id === null) throw lost(`snapshot ${input.name} was removed`);
        return;
      case 'saved':
        if (!before.saved) await store.remove(seen.id ?? '', machines, before.disks);
        return;
      case 'restored': {
        const changed = machines.filter(({ name }) => seen.disks[name] !== before.disks[name]);
        const gone = changed.filter(({ name }) => before.disks[name] !== noDisk);
        if (gone.length > 0) {
          throw lost(`the disk of ${gone.map(({ name }) => name).join(', ')} was replaced`);
        }
        await mustBeDown(ctx, { ...input, machines: changed });
        for (const machine of changed) {
          await powerOf(ctx.target, { ...machine, prefix: input.prefix }).remove();
        }
      }
    }
  },

  examples: [
    {
      title: 'Save a lab that was brought up once',
      input: {
        name: 'fresh',
        state: 'saved',
        dir: '/var/lib/runbook/lab/snapshots',
        prefix: 'lab',
        machines: [
          { name: 'router', dir: '/var/lib/runbook/lab/machines/router' },
          {
            name: 'k8s-ctr',
            dir: '/var/lib/runbook/lab/machines/k8s-ctr',
            seed: { from: '/var/cache/runbook/golden', to: '/var/lib/containerd' },
          },
        ],
      },
    },
    {
      title: 'Put the disks back as they were then',
      input: {
        name: 'fresh',
        state: 'restored',
        dir: '/var/lib/runbook/lab/snapshots',
        prefix: 'lab',
        machines: [{ name: 'router', dir: '/var/lib/runbook/lab/machines/router' }],
      },
    },
  ],
  notes: `For tests above all: bring a lab up once, save it, and put it back in seconds.

- A snapshot is never changed: saving under a name that exists is no drift. Remove it first.
- Files that a volume still shares with its seed are hard-linked, everything else is copied (with
  reflinks where the file system has them). A running machine is refused.
- A disk is known to be equal to a snapshot until its machine is started.
- Restoring replaces the disks for good, unless there were none: undo then says so and touches
  nothing.`,
});
