import { z } from 'zod';
import { defineAction, duration, type ActionContext } from '../../core/action.js';
import { PermanentError } from '../../core/errors.js';
import { excerpt } from '../../core/excerpt.js';
import type { Target } from '../../core/target.js';
import { compareAndSet } from './api/compare-and-set.js';
import { ask, find } from './api/kubectl.js';
import { failureOf } from './api/failure.js';
import type { Lease, Meta } from './api/objects.js';
import { nodeName } from './names.js';
import { nodeOf } from './nodes/look.js';
import {
  holderOf,
  identityOf,
  isOwn,
  leaseOn,
  maintenanceLease,
  maintenanceNamespace,
  making,
  releasing,
  taking,
  type Held,
} from './nodes/maintenance-lease.js';

const longestMs = 7 * 24 * 3600 * 1000;
const inputSchema = z
  .strictObject({
    node: nodeName.describe('Node that other tools are to leave alone.'),
    for: duration()
      .refine((ms) => ms >= 60_000 && ms <= longestMs, 'from 1m to 7d')
      .prefault('2h')
      .describe('How long it is claimed, unless it is released before: more than the work takes.'),
    left: duration()
      .prefault('0s')
      .describe('Claims it anew where less than this is left of the time; half of `for` at most.'),
  })
  // Written so that it says nothing of an expression, which is no number yet.
  .refine((input) => !(input.left * 2 > input.for), {
    path: ['left'],
    message: 'at most half of `for`: else it could never be claimed for long enough',
  });
type Input = z.output<typeof inputSchema>;

function moment(ms: number): string {
  return new Date(ms).toISOString();
}

/** What differs from a claim of this run; null where it has one, with enough time left where that is asked for. */
function driftOf(
  held: Held | null,
  input: Input,
  { run, now }: Pick<ActionContext, 'run' | 'now'>,
): string | null {
  const name = `${maintenanceNamespace}/${maintenanceLease(input.node)}`;
  if (held === null) return `nobody holds ${name}`;
  const { holder, until } = held;
  const over = until <= now().getTime();
  if (!isOwn(holder, run.id)) {
    return over
      ? `nobody holds ${name}: the time of ${holder} was up at ${moment(until)}`
      : `${holder} holds ${name} until ${moment(until)}`;
  }
  const enough = input.left === 0 || until - now().getTime() >= input.left;
  return enough ? null : `${name} is claimed until ${moment(until)} only`;
}

/** @throws PermanentError `refused` where another holds it, and its time is not up. */
function mustBeFree(cluster: Target, held: Held | null, input: Input, ctx: ActionContext): void {
  if (held === null || isOwn(held.holder, ctx.run.id)) return;
  if (held.until <= ctx.now().getTime()) return;
  const lease = maintenanceLease(input.node);
  throw new PermanentError(
    'refused',
    `${cluster.name}: ${held.holder} holds ${maintenanceNamespace}/${lease} until ${moment(held.until)}`,
    {
      hint: `Let it end its work, then retry. Of a holder that is gone: kubectl delete lease ${lease} --namespace=${maintenanceNamespace}`,
    },
  );
}

/** The namespace of the leases: where no operator of medik8s is, there is none. */
async function makeNamespace(cluster: Target): Promise<void> {
  const found = await find<{ metadata: Meta }>(cluster, 'namespace', maintenanceNamespace);
  if (found !== null) return;
  const doing = `create namespace ${maintenanceNamespace}`;
  const answer = await ask(cluster, ['create', 'namespace', maintenanceNamespace, '-o=name'], {
    doing,
  });
  if (answer.ok || answer.refusal.reason === 'AlreadyExists') return;
  throw failureOf(cluster.name, doing, answer.refusal);
}

/** Tells other tools that a node is in maintenance. */
export const kubeClaimed = defineAction({
  name: 'kube.claimed',
  summary: 'Claims a node for this run, so that other tools see that it is in maintenance.',
  impact: 'change',
  on: 'cluster',
  slow: true,
  input: inputSchema,
  output: z.strictObject({
    holder: z.string().nullable().describe('Who holds the lease; null where nobody does.'),
    until: z.string().nullable().describe('When its time is up, RFC 3339 UTC.'),
  }),
  resource: ({ node }) => `node/${node}/claim`,
  async check(ctx, input) {
    await nodeOf(ctx.target, input.node);
    const held = holderOf(await leaseOn(ctx.target, input.node));
    const drift = driftOf(held, input, ctx);
    return {
      before: { claimed: held !== null && isOwn(held.holder, ctx.run.id) },
      drift: drift === null ? null : excerpt(drift, 256),
      output: {
        holder: held === null ? null : excerpt(held.holder, 253),
        until: held === null ? null : moment(held.until),
      },
    };
  },
  async apply(ctx, input) {
    const { target } = ctx;
    const own = identityOf(ctx.run.id);
    const look = async (): Promise<Lease | null> => {
      const lease = await leaseOn(target, input.node);
      mustBeFree(target, holderOf(lease), input, ctx);
      if (lease === null) await makeNamespace(target);
      return lease;
    };
    const node = await nodeOf(target, input.node);
    await compareAndSet(target, `claim ${input.node}`, look, (lease) => {
      const now = ctx.now().getTime();
      if (lease === null) return making(node, own, input.for, now);
      const held = holderOf(lease);
      if (driftOf(held, input, ctx) === null) return null;
      const holder = held !== null && isOwn(held.holder, ctx.run.id) ? held.holder : own;
      return taking(lease, holder, input.for, now);
    });
  },
  async undo(ctx, input, before) {
    if (before.claimed) return;
    const look = (): Promise<Lease | null> => leaseOn(ctx.target, input.node);
    await compareAndSet(ctx.target, `release ${input.node}`, look, (lease) =>
      lease === null || holderOf(lease)?.holder !== identityOf(ctx.run.id)
        ? null
        : releasing(ctx.target, lease),
    );
  },
  restored: (before, found) =>
    before.claimed || !found.claimed ? null : 'the run still holds the lease',
  examples: [
    {
      title: 'Other tools leave k8s-w0 alone for four hours',
      input: { node: 'k8s-w0', for: '4h' },
    },
    {
      title: 'After a long wait, claim it anew where little is left',
      input: { node: 'k8s-w0', for: '4h', left: '1h' },
    },
  ],
  notes: `Holds the lease \`node-<name>\` (coordination.k8s.io) in \`medik8s-leases\`, as operators of medik8s do: the
node-maintenance-operator and the remediation operators keep off a node that another holds. kube.unclaimed looks at the
same lease. The holder is \`runbook/<run>\`. Leases of runbook itself (\`locks:\`) are seen by runs alone.

- What another holds is never taken; the step fails, and names it. A lease whose time is up is taken over, and one
  that somebody takes at the same moment goes to whoever was first.
- **Nobody renews it by itself**: choose \`for\` longer than the work, or claim again later, with \`left\`. A claim whose
  time is up, and that nobody else has taken, still counts as this run's; others no longer see it.
- Undo, and \`restore\`, delete the lease where this run still holds it, and leave that of another alone. A run that is
  terminated leaves it behind until its time is up.
- The namespace is made where it is missing, and stays.
- Times in it are those of the worker's clock. To medik8s a lease that was renewed in the future is none: the clocks of
  worker and cluster must agree.`,
});
