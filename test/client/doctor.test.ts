import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { localeCheck, nodeCheck, stateCheck, toolChecks } from '../../client/doctor/machine.js';
import { secretCheck, secretsRunbook } from '../../client/doctor/secrets.js';
import { hostCheck, lookRunbook } from '../../client/doctor/targets.js';
import { checksView } from '../../client/view/checks.js';
import { runbookSchema } from '../../core/definition/runbook.js';
import { secretsIn } from '../../core/run/secrets.js';
import { noon, planned, read, screen } from './records.js';

describe('checks', () => {
  test('node', () => {
    expect(nodeCheck('20.19.0').status).toBe('ok');
    expect(nodeCheck('18.20.4').status).toBe('broken');
  });
  test('locale', () => {
    expect(localeCheck({}).status).toBe('ok');
    expect(localeCheck({ LANG: 'de_DE.UTF-8' }).status).toBe('ok');
    expect(localeCheck({ LANG: 'de_DE.UTF-8', LC_ALL: 'C' }).status).toBe('note');
  });
  test('a state folder that cannot be written', () => {
    const root = mkdtempSync(join(tmpdir(), 'rb-doctor-'));
    writeFileSync(join(root, 'file'), '');
    expect(stateCheck(join(root, 'new')).status).not.toBe('broken');
    expect(stateCheck(join(root, 'file/below'))).toMatchObject({ status: 'broken' });
    rmSync(root, { recursive: true });
  });
  test('tools matter only where the inventory needs them', () => {
    expect(toolChecks({ hosts: {}, clusters: {}, groups: {} }, { PATH: '' })).toEqual([]);
  });
});

describe('hosts', () => {
  const now = Math.round(noon / 1000);
  const host = (drift: string | null, kind: 'change' | 'undetermined' = 'change') =>
    hostCheck(planned('clock[web-1]', { kind, drift }), now);
  test('reached', () => {
    expect(host(`${now}`)).toMatchObject({ name: 'host web-1', status: 'ok' });
  });
  test('a clock that is off', () => {
    expect(host(`${now - 90}`)).toMatchObject({ status: 'note', found: 'its clock is 1m30s off' });
  });
  test('not reached', () => {
    expect(host('web-1: the host is not in known_hosts', 'undetermined')).toMatchObject({
      status: 'broken',
    });
    expect(host(null)).toMatchObject({ status: 'broken' });
  });
  test('the runbook that looks is a sound one', () => {
    expect(runbookSchema.safeParse(lookRunbook(['local', 'web-1'])).success).toBe(true);
  });
});

describe('secrets', () => {
  const secret = (drift: string | null, kind: 'no-op' | 'undetermined') =>
    secretCheck({ ...planned('secret-1', { kind, drift }), title: 'dbPassword' });
  test('that the worker can have', () => {
    expect(secret(null, 'no-op')).toMatchObject({ name: 'secret dbPassword', status: 'ok' });
  });
  test('that it cannot have', () => {
    expect(secret("secret 'dbPassword': it is empty", 'undetermined')).toMatchObject({
      status: 'broken',
      found: "secret 'dbPassword': it is empty",
    });
  });
  test('the runbook that has each of them once is a sound one', () => {
    const runbook = runbookSchema.parse(secretsRunbook(['dbPassword', 'token']));
    expect(secretsIn(runbook).map(({ name }) => name)).toEqual(['dbPassword', 'token']);
  });
});

test('as text: what is broken comes with its cure', () => {
  const text = read(
    checksView(
      [
        { name: 'node', status: 'ok', found: '20.20.2', mend: null },
        { name: 'temporal', status: 'broken', found: 'none found', mend: 'put it on PATH' },
      ],
      screen(),
    ),
  );
  expect(text).toBe(`  ✓ node      20.20.2
  ✗ temporal  none found
              → put it on PATH

1 broken`);
});
