import type { ActionContext } from '../../core/action.js';
import { RunbookError } from '../../core/errors.js';
import { domainState, isOff, type Power } from './domain.js';
import { ask, bring } from './virsh.js';

/** How a domain is brought down: asked to shut down, asked first and then cut, or cut at once. */
export const stops = ['graceful', 'forced', 'cut'] as const;
export type Stop = (typeof stops)[number];

/** One domain, whose power is switched. */
export interface PowerOf {
  readonly uri: string;
  readonly domain: string;
  readonly stop: Stop;
  /** The longest to wait for a guest that was asked to shut down, in ms. */
  readonly stopTimeout: number;
}

async function until(
  ctx: ActionContext,
  { uri, domain }: PowerOf,
  holds: (power: Power) => boolean,
  ms: number,
): Promise<boolean> {
  const end = ctx.now().getTime() + ms;
  for (;;) {
    const { power } = await domainState(ctx.target, uri, domain);
    if (holds(power)) return true;
    if (ctx.now().getTime() >= end) return false;
    ctx.report(`${domain} still runs`);
    await ctx.sleep(Math.min(1000, Math.max(1, end - ctx.now().getTime())));
  }
}

async function down(ctx: ActionContext, of: PowerOf): Promise<void> {
  const { uri, domain, stop, stopTimeout } = of;
  const { power } = await domainState(ctx.target, uri, domain);
  if (isOff(power)) return;
  if (stop !== 'cut') {
    // A guest whose processors stand still hears nothing.
    if (power === 'paused') await bring(ctx.target, uri, ['resume', domain]);
    await bring(ctx.target, uri, ['shutdown', domain]);
    if (await until(ctx, of, isOff, stopTimeout)) return;
    if (stop === 'graceful') {
      throw new RunbookError('not-settled', `${domain} has not shut down in time`, {
        hint: 'Look at its console (virsh console), or choose stop: forced.',
      });
    }
  }
  ctx.report(`${domain} loses its power`);
  await bring(ctx.target, uri, ['destroy', domain]);
}

/** Brings a domain to a state of its power; safe to be repeated after any crash. */
export async function switchTo(ctx: ActionContext, of: PowerOf, wanted: Power): Promise<void> {
  const { uri, domain } = of;
  const { power } = await domainState(ctx.target, uri, domain);
  if (power === wanted || power === 'absent') return;
  switch (wanted) {
    case 'absent':
      return;
    case 'off':
      return down(ctx, of);
    case 'running':
      return bring(ctx.target, uri, [power === 'paused' ? 'resume' : 'start', domain]);
    case 'paused':
      if (power !== 'running') await ask(ctx.target, uri, ['start', '--paused', domain]);
      else await bring(ctx.target, uri, ['suspend', domain]);
      return;
    case 'saved':
      if (isOff(power)) await bring(ctx.target, uri, ['start', domain]);
      return bring(ctx.target, uri, ['managedsave', domain]);
  }
}
