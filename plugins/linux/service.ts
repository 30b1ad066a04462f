import { z } from 'zod';
import { defineAction } from '../../core/action.js';
import { excerpt } from '../../core/excerpt.js';
import {
  differences,
  isOlder,
  job,
  refuseEarlyClock,
  refuseImpossible,
  show,
  start,
} from './unit-control.js';
import { isActive, isEnabled, isSettled, unitName, unitTime } from './unit-state.js';

const inputSchema = z
  .strictObject({
    unit: z
      .string()
      .max(255)
      .regex(
        /^[A-Za-z0-9_:][A-Za-z0-9_:.\\-]*(?:@[A-Za-z0-9_:.\\-]+)?$/,
        'not the name of a unit, or a template without its instance',
      )
      .describe('Unit, such as frr.service; a name without a type is that of a service.'),
    state: z
      .enum(['active', 'inactive'])
      .optional()
      .describe('Whether it must run. Left out: as it is.'),
    enabled: z.boolean().optional().describe('Whether it must start at boot. Left out: as it is.'),
    activeSince: z.iso
      .datetime({ offset: true })
      .optional()
      .describe(
        'It must have become active at this time or later: it is restarted where it runs for longer.',
      ),
  })
  .refine(
    ({ state, enabled, activeSince }) =>
      state !== undefined || enabled !== undefined || activeSince !== undefined,
    'write state, enabled or activeSince',
  )
  .refine(
    ({ state, activeSince }) => state !== 'inactive' || activeSince === undefined,
    'what is inactive is not active since some time',
  );

/** Brings a systemd unit into the wanted state, now and at boot. */
export const linuxService = defineAction({
  name: 'linux.service',
  summary: 'Starts, stops or restarts a systemd unit, and says whether it starts at boot.',
  impact: 'disrupt',
  on: 'host',
  input: inputSchema,
  output: z.strictObject({
    state: z.string().describe('State that systemd tells, such as active, inactive or failed.'),
    enabled: z.string().describe('State of the unit file, such as enabled, disabled or static.'),
    activeSince: z.string().nullable().describe('When it became active, RFC 3339 UTC; or null.'),
  }),
  settle: { timeout: '60s', every: '1s' },
  resource: ({ unit }) => `service/${unitName(unit)}`,
  async check({ target }, input) {
    const unit = await show(target, unitName(input.unit));
    refuseImpossible(unit, input, target.name);
    if (input.activeSince !== undefined) await refuseEarlyClock(target, input.activeSince);
    const drift = differences(unit, input);
    const since = unit.ActiveState === 'active' ? unitTime(unit.ActiveEnterTimestamp) : null;
    return {
      before: { active: isActive(unit), enabled: unit.UnitFileState },
      drift: drift.length === 0 ? null : excerpt(`${unit.Id}: ${drift.join(', ')}`, 256),
      output: {
        state: unit.ActiveState,
        enabled: unit.UnitFileState,
        activeSince: since === null ? null : new Date(since).toISOString(),
      },
    };
  },
  async apply({ target }, input) {
    const unit = await show(target, unitName(input.unit));
    refuseImpossible(unit, input, target.name);
    if (input.enabled !== undefined && isEnabled(unit) === !input.enabled) {
      await job(target, input.enabled ? 'enable' : 'disable', unit.Id);
    }
    if (input.activeSince !== undefined && unit.ActiveState === 'active') {
      if (isOlder(unit, input.activeSince)) await start(target, unit, 'restart');
    } else if (input.state === 'inactive') {
      if (isActive(unit) || !isSettled(unit)) await job(target, 'stop', unit.Id);
    } else if (input.state === 'active' || input.activeSince !== undefined) {
      if (unit.ActiveState !== 'active') await start(target, unit, 'start');
    }
  },
  // All of what was found, whatever this input asks for: a later step of the run may have changed
  // the rest, and is undone by this one.
  async undo({ target }, input, before) {
    const unit = await show(target, unitName(input.unit));
    if (unit.UnitFileState !== before.enabled) {
      // `enable --runtime` beside a lasting link changes nothing, so that one goes first.
      if (before.enabled === 'enabled-runtime' || before.enabled === 'disabled') {
        await job(target, 'disable', unit.Id);
      }
      if (before.enabled === 'enabled-runtime') await job(target, 'enable', unit.Id, ['--runtime']);
      if (before.enabled === 'enabled') await job(target, 'enable', unit.Id);
    }
    if (before.active === isActive(unit) && isSettled(unit)) return;
    if (before.active) await start(target, unit, 'start');
    else await job(target, 'stop', unit.Id);
  },
  examples: [
    {
      title: 'FRR runs, and starts at boot',
      input: { unit: 'frr.service', state: 'active', enabled: true },
    },
    {
      title: 'containerd has been restarted in this run, once',
      input: { unit: 'containerd.service', activeSince: '2026-11-23T18:42:00Z' },
    },
    {
      title: 'No unattended upgrades during the maintenance',
      input: { unit: 'apt-daily-upgrade.timer', state: 'inactive' },
    },
  ],
  notes: `Reads \`systemctl show\`, never \`status\`: an unknown unit reads \`inactive\` in \`is-active\` and
\`not-found\` only there.

- A restart is a state too: with \`activeSince: "\${{ run.startedAt }}"\` the unit is restarted if it runs
  for longer than this run, and not again when the step is repeated. The clocks of worker and host
  must agree; a host whose clock is behind is refused before the first restart.
- A masked unit, one that does not exist, or \`enabled\` for a static, indirect, generated or linked
  one are refused.
- A unit that has failed counts as inactive. Before it is started its start limit is reset, and
  systemd reads changed unit files again.
- A oneshot unit without \`RemainAfterExit\` is never active: run it with linux.command.
- Active is not serving: let a probe or another check prove it. Do not restart FRR for a change of its
  configuration: that takes every BGP route out of the kernel for 7 s.
- Undo does not turn back a restart; it puts back running or not, and enabled or not.`,
});
