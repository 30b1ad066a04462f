import { readFileSync } from 'node:fs';
import { describe, expect, test as jestTest } from '@jest/globals';
import { linuxService } from '../../../plugins/linux/service.js';
import {
  isActive,
  isEnabled,
  parseUnit,
  unitName,
  unitTime,
} from '../../../plugins/linux/unit-state.js';
import { attempt } from '../../laws/attempt.js';
import { laws } from '../../laws.js';
import { needs } from '../../needs.js';
import { createStage } from '../../targets/situation.js';
import { createSystemd, systemdNeeds } from '../../targets/systemd.js';

const test = needs(systemdNeeds);
const folder = '/etc/systemd/system';

/** Units of the tests: one that runs, one that fails at once, one without [Install], a template. */
const clean = `systemctl stop law.service failing.service static.service 'tpl@a\\x2db.service' >/dev/null 2>&1 || :
rm -rf ${folder}/* /run/systemd/system/*
mkdir -p /usr/local/lib/systemd/system; cd /usr/local/lib/systemd/system
printf '[Unit]\\nDefaultDependencies=no\\n' > law.target
unit='[Unit]\\nDefaultDependencies=no\\nStartLimitBurst=2\\nStartLimitIntervalSec=1h\\n[Service]\\n'
printf "$unit"'ExecStart=sleep infinity\\n[Install]\\nWantedBy=law.target\\n' > law.service
printf "$unit"'ExecStart=false\\n[Install]\\nWantedBy=law.target\\n' > failing.service
printf "$unit"'ExecStart=sleep infinity\\n' > static.service
printf "$unit"'ExecStart=sleep infinity\\n[Install]\\nWantedBy=law.target\\n' > tpl@.service
systemctl daemon-reload
systemctl reset-failed`;
/** To have failed is no state that could be brought back: it counts as inactive. */
const look = `systemctl show --property=Id,ActiveState,UnitFileState law.service static.service 'tpl@a\\x2db.service' | sed s/failed/inactive/
find ${folder} /run/systemd/system -type l 2>/dev/null | LC_ALL=C sort`;
const stage = createStage(clean, look, createSystemd);
const unit = 'law.service';

laws(linuxService, {
  test,
  timeoutMs: 120_000,
  cases: [
    stage.situation(
      'stopped, and later enabled',
      ':',
      { unit, state: 'active' },
      { deaths: false, later: { unit: 'law', enabled: true } },
    ),
    stage.situation('stopped and disabled', ':', { unit, state: 'active', enabled: true }),
    stage.situation('running and enabled', `systemctl -q enable --now ${unit}`, {
      unit,
      state: 'inactive',
      enabled: false,
    }),
    stage.situation('enabled until the next boot', `systemctl -q enable --runtime ${unit}`, {
      unit,
      enabled: true,
    }),
    stage.situation(
      'stopped, and its file changed',
      `echo '# new' >> ${unit}`,
      {
        unit: 'law',
        state: 'active',
      },
      { deaths: false },
    ),
    stage.situation(
      'stopped after it hit its start limit',
      `systemctl start ${unit}; systemctl restart ${unit}; systemctl restart ${unit} 2>/dev/null || :; systemctl stop ${unit}`,
      {
        unit,
        state: 'active',
      },
    ),
    stage.situation(
      'an instance of a template',
      ':',
      {
        unit: 'tpl@a\\x2db.service',
        state: 'active',
        enabled: true,
      },
      { deaths: false },
    ),
    stage.situation(
      'masked and running',
      `systemctl start ${unit}; systemctl -q mask ${unit}`,
      {
        unit,
        enabled: false,
      },
      { finds: 'nothing' },
    ),
    stage.situation(
      'as wanted',
      `systemctl -q enable --now ${unit}`,
      { unit, state: 'active', enabled: true, activeSince: '2001-01-01T00:00:00Z' },
      { finds: 'nothing' },
    ),
    stage.situation(
      'static and not enabled, as wanted',
      ':',
      { unit: 'static', enabled: false, state: 'inactive' },
      { finds: 'nothing' },
    ),
  ],
  bad: [
    { title: 'nothing wanted', input: { unit } },
    { title: 'a wildcard', input: { unit: 'law*', state: 'active' } },
    { title: 'an option', input: { unit: '--all', state: 'active' } },
    { title: 'a path', input: { unit: '/etc/systemd/system/law.service', state: 'active' } },
    { title: 'a blank', input: { unit: 'a b.service', state: 'active' } },
    { title: 'a template without instance', input: { unit: 'tpl@', state: 'active' } },
    { title: 'restarted', input: { unit, state: 'restarted' } },
    { title: 'a time without zone', input: { unit, activeSince: '2026-11-23 10:00' } },
    {
      title: 'inactive since a time',
      input: { unit, state: 'inactive', activeSince: '2026-11-23T10:00:00Z' },
    },
  ],
});

describe('linux.service', () => {
  async function on(input: object, script = ':') {
    const { open, sh } = await stage.sandbox();
    await sh(`${clean}\n${script}`);
    const world = { target: open, input, cleanup: () => Promise.resolve() };
    return { sh, worker: attempt(linuxService, world) };
  }
  const pid = (sh: (script: string) => Promise<string>) =>
    sh(`systemctl show --value --property=MainPID ${unit}`);

  test('restarts once what runs for longer than wanted', async () => {
    const { sh, worker: before } = await on({ unit, state: 'active' }, `systemctl start ${unit}`);
    const since = new Date(Number(await sh('date +%s%3N')) + 1).toISOString();
    await sh('sleep 0.01');
    const first = await pid(sh);
    const { open } = await stage.sandbox();
    const input = { unit, activeSince: since };
    const worker = attempt(linuxService, { target: open, input, cleanup: () => Promise.resolve() });
    const found = await worker.check();
    expect(found.drift).toMatch(/^law\.service: active since .* UTC, not after/);
    await worker.apply(found.before);
    const second = await pid(sh);
    expect(second).not.toBe(first);
    expect((await worker.check()).drift).toBeNull();
    await worker.apply(found.before);
    expect(await pid(sh)).toBe(second);
    await worker.undo(found.before);
    expect(await pid(sh)).toBe(second);
    expect((await before.check()).drift).toBeNull();
  });

  test('a host whose clock is behind is not restarted again and again', async () => {
    const since = new Date(Date.now() + 3_600_000).toISOString();
    const { worker } = await on({ unit, activeSince: since }, `systemctl start ${unit}`);
    await expect(worker.check()).rejects.toMatchObject({
      code: 'check-failed',
      class: 'permanent',
      message: expect.stringContaining('its clock is'),
    });
  });

  test('tells why a unit is not active', async () => {
    const { worker } = await on(
      { unit: 'failing', state: 'active' },
      'systemctl start failing.service; sleep 0.2',
    );
    expect((await worker.check()).drift).toBe(
      'failing.service: failed (failed), exit-code instead of active',
    );
  });

  test('a unit that has failed is as inactive as any', async () => {
    const { worker } = await on(
      { unit: 'failing', state: 'inactive' },
      'systemctl start failing.service; sleep 0.2',
    );
    expect(await worker.check()).toMatchObject({ before: { active: false }, drift: null });
  });

  test('an unknown unit is refused', async () => {
    const { worker } = await on({ unit: 'nosuch', state: 'inactive' });
    await expect(worker.check()).rejects.toMatchObject({
      code: 'refused',
      message: 'systemd: nosuch.service does not exist',
    });
  });

  test('a masked unit is not started', async () => {
    const { worker } = await on({ unit, state: 'active' }, `systemctl -q mask ${unit}`);
    await expect(worker.check()).rejects.toMatchObject({
      code: 'refused',
      message: 'systemd: law.service is masked',
    });
  });

  test('a unit that cannot be loaded is refused', async () => {
    const broken =
      'printf "[Service]\\nType=sometimes\\n" > broken.service; systemctl daemon-reload';
    const { worker } = await on({ unit: 'broken', state: 'active' }, broken);
    await expect(worker.check()).rejects.toMatchObject({ code: 'refused' });
  });

  test('what cannot be enabled is refused', async () => {
    const { worker } = await on({ unit: 'static', enabled: true });
    await expect(worker.check()).rejects.toMatchObject({
      code: 'refused',
      message: "systemd: static.service is 'static': it cannot be enabled or disabled",
    });
  });

  test('tells state, boot and time', async () => {
    const { worker } = await on({ unit, state: 'active' }, `systemctl start ${unit}`);
    expect((await worker.check()).output).toEqual({
      state: 'active',
      enabled: 'disabled',
      activeSince: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
    });
  });
});

describe('what systemd prints', () => {
  const fixture = (name: string) =>
    readFileSync(new URL(`../../fixtures/systemctl/${name}`, import.meta.url), 'utf8');

  jestTest('a unit that runs', () => {
    const frr = parseUnit(fixture('show-frr.out'));
    expect(frr).toMatchObject({
      Id: 'frr.service',
      LoadState: 'loaded',
      ActiveState: 'active',
      UnitFileState: 'enabled',
      NeedDaemonReload: 'no',
    });
    expect([isActive(frr), isEnabled(frr)]).toEqual([true, true]);
  });

  jestTest('a unit that does not exist', () => {
    const none = parseUnit(fixture('show-unknown-unit.out'));
    expect(none).toMatchObject({ LoadState: 'not-found', ActiveState: 'inactive', Id: '' });
  });

  jestTest('times, to the millisecond', () => {
    expect(unitTime('Tue 2026-11-24 03:17:25.430465 UTC')).toBe(
      Date.parse('2026-11-24T03:17:25.430Z'),
    );
    expect(unitTime('Mon 2026-11-23 18:51:12 UTC')).toBe(Date.parse('2026-11-23T18:51:12Z'));
    expect(unitTime('')).toBeNull();
    expect(unitTime('n/a')).toBeNull();
  });

  jestTest('names', () => {
    expect(unitName('frr')).toBe('frr.service');
    expect(unitName('apt-daily.timer')).toBe('apt-daily.timer');
    expect(unitName('org.example')).toBe('org.example.service');
  });
});
