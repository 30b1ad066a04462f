import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { openDrift } from '../../client/state/drift.js';
import { identityOf } from '../../core/drift/identity.js';
import { acceptedFile, historyFile, seriesOf } from '../../core/drift/places.js';
import type { PlannedStep } from '../../core/record.js';
import type { DriftCheck } from '../../core/run/drift.js';
import { createDriftBook } from '../../worker/drift.js';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
let state: string;
let folder: string;
beforeEach(() => {
  state = mkdtempSync(join(tmpdir(), 'runbook-drift-'));
  folder = join(state, 'drift', 'p1');
});
afterEach(() => rmSync(state, { recursive: true, force: true }));

const step: PlannedStep = {
  path: 'motd',
  title: 'motd',
  kind: 'change',
  action: 'linux.file',
  target: 'web-1',
  drift: 'other text',
  before: { sha256: 'a' },
};
const check = (number: number, more: Partial<DriftCheck> = {}): DriftCheck => ({
  check: `plan/${number}`,
  execution: `e${number}`,
  told: { places: [], failed: false },
  at: new Date(Date.UTC(2026, 10, 24, 12, number)).toISOString(),
  by: 'ada@ops',
  schedule: 'nightly',
  project: 'ops',
  runbook: 'deploy',
  title: 'Deploy',
  inputs: { host: 'web-1' },
  mend: 'runbook start deploy --host web-1',
  steps: [step],
  failure: null,
  ...more,
});

test('checks that end at the same time are all on record, and the client reads them', async () => {
  const take = createDriftBook(folder, sha256);
  const events = await Promise.all([1, 2, 3].map((number) => take(check(number))));
  expect(events.map(({ event }) => event?.id)).toEqual(
    [1, 2, 3].map((n) => `plan/${n}/drift/e${n}`),
  );
  await take(check(4, { inputs: { host: 'web-2' } }));
  expect(openDrift(state, 'p1').histories()).toMatchObject([
    { checks: expect.any(Number), runbook: 'deploy' },
    { checks: expect.any(Number), runbook: 'deploy' },
  ]);
  const [one] = openDrift(state, 'p1')
    .histories()
    .filter(({ inputs }) => inputs['host'] === 'web-1');
  expect(one).toMatchObject({ checks: 3, entries: [{ path: 'motd', gone: null }] });
  expect(openDrift(state, 'other').histories()).toEqual([]);
  expect(readdirSync(folder).filter((name) => !name.endsWith('.json'))).toEqual([]);
});

test('what the client has accepted is told by no worker', async () => {
  const kept = openDrift(state, 'p1');
  const now = Date.now();
  const accepted = (until: number) => ({
    runbook: 'deploy',
    series: seriesOf({ host: 'web-1' }, sha256),
    path: 'motd',
    target: 'web-1',
    identity: identityOf(step, sha256),
    drift: step.drift,
    by: 'ada@ops',
    at: new Date(now).toISOString(),
    until: new Date(until).toISOString(),
    reason: 'on purpose',
  });
  const day = 24 * 3600 * 1000;
  // What is long over is forgotten; what is just over is still shown.
  kept.accept([accepted(now + day), accepted(now - day), accepted(now - 40 * day)]);
  expect(kept.accepted()).toHaveLength(2);
  const at = new Date(now).toISOString();
  const taken = await createDriftBook(folder, sha256)(check(1, { at }));
  expect(taken).toEqual({ event: null, places: [] });
});

test('files that somebody has damaged are begun anew, and a folder in the way is told', async () => {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, historyFile('deploy', { host: 'web-1' }, sha256));
  writeFileSync(file, '{"version":1');
  writeFileSync(join(folder, acceptedFile), '[]');
  const take = createDriftBook(folder, sha256);
  expect((await take(check(1))).event).not.toBeNull();
  expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ checks: 1 });
  rmSync(file);
  mkdirSync(file);
  await expect(take(check(2))).rejects.toMatchObject({ code: 'state-unwritable' });
  rmSync(file, { recursive: true });
  expect((await take(check(3))).event).not.toBeNull();
});
