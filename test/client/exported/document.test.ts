import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { decode, encode } from '../../../client/exported/document.js';
import { exportedLogs } from '../../../client/exported/log.js';
import { logFiles } from '../../../client/state/log-files.js';
import { isRunId, type ExportContent } from '../../../core/export.js';
import { canonical } from '../../../core/json.js';
import { endedRun } from './run.js';

let state = '';
let content: ExportContent;
beforeAll(async () => {
  state = mkdtempSync(join(tmpdir(), 'rb-export-'));
  content = await endedRun(state);
});
afterAll(() => rmSync(state, { recursive: true }));

/** A file as somebody would make it who knows how the sum is made. */
function forged(changed: unknown, rest: object = {}): Buffer {
  const sha256 = createHash('sha256').update(canonical(changed)).digest('hex');
  return Buffer.from(
    JSON.stringify({ format: 'runbook-export', version: 1, sha256, content: changed, ...rest }),
  );
}

describe('a document', () => {
  test.each([false, true])('is read again as it was written, packed: %s', (packed) => {
    const { bytes, sha256 } = encode(content, packed);
    expect(bytes[0]).toBe(packed ? 0x1f : 0x7b);
    expect(decode(bytes)).toEqual({ format: 'runbook-export', version: 1, sha256, content });
  });
  test('equal runs give equal bytes', async () => {
    const again = await endedRun(state);
    expect(encode(again, false).bytes.equals(encode(content, false).bytes)).toBe(true);
  });
  test('a run that goes on is not written', () => {
    const open = { ...content, record: { ...content.record, state: 'running' as const } };
    expect(() => encode(open, false)).toThrow('the run has not ended');
  });
  test('logs that are too large are named, and no more', async () => {
    const logs = await exportedLogs(logFiles(state, content.record.run), 10);
    expect(logs).toEqual(content.logs.map(({ name, bytes, sha256 }) => ({ name, bytes, sha256 })));
    expect(decode(encode({ ...content, logs }, false).bytes).content.logs).toEqual(logs);
  });
});

describe('what is refused', () => {
  const whole = (): Buffer => encode(content, false).bytes;
  const refusals: readonly (readonly [string, () => Buffer, string])[] = [
    ['nothing', () => Buffer.alloc(0), 'it is no JSON'],
    ['a file that was cut off', () => whole().subarray(0, 500), 'it is no JSON'],
    ['a packed file that was cut off', () => encode(content, true).bytes.subarray(0, 300), 'gzip'],
    ['bytes that are no UTF-8', () => Buffer.from([0x22, 0xff, 0x22]), 'it is no JSON'],
    ['another JSON file', () => Buffer.from('{"run":"x"}'), 'not a file of runbook export'],
    ['a list', () => Buffer.from('[]'), 'not a file of runbook export'],
    [
      'one altered word',
      () => Buffer.from(whole().toString().replace('Deploy the site', 'Deploy the Site')),
      'altered or damaged',
    ],
    [
      'one altered letter of a log',
      () => Buffer.from(whole().toString().replace('cp a b', 'cp a c')),
      'altered or damaged',
    ],
    ['a newer format', () => forged({}, { version: 2 }), 'it has version 2 of the format'],
    ['an older one that never was', () => forged(content, { version: 0 }), 'version'],
    ['a key that nobody knows', () => forged({ ...content, more: 1 }), 'content: '],
    [
      'values without end',
      () =>
        Buffer.from(
          `{"format":"runbook-export","version":1,"content":${'['.repeat(200_000)}${']'.repeat(200_000)}}`,
        ),
      'nested too deeply',
    ],
    [
      'a run that has not ended',
      () => forged({ ...content, record: { ...content.record, endedAt: null } }),
      'the run has not ended',
    ],
    [
      'another definition',
      () => forged({ ...content, definition: { name: 'other' } }),
      'the definition is not the one that was run',
    ],
    [
      'another log under a true name',
      () => forged({ ...content, logs: content.logs.map((log) => ({ ...log, bytes: 1 })) }),
      'is not the one that was written',
    ],
    [
      'a log twice',
      () => forged({ ...content, logs: [...content.logs, ...content.logs] }),
      'a name is there twice',
    ],
  ];
  test.each(refusals)('%s', (_name, bytes, why) => {
    expect(() => decode(bytes())).toThrow(why);
    expect(() => decode(bytes())).toThrow(expect.objectContaining({ code: 'import-refused' }));
  });

  test('more than there is room for, packed or not', () => {
    const zeros = gzipSync(Buffer.alloc(100_000));
    expect(zeros.length).toBeLessThan(1000);
    expect(() => decode(zeros, 1000)).toThrow('it unpacks to more than 1000 bytes');
    expect(() => decode(whole(), 1000)).toThrow('it has more than 1000 bytes');
  });

  test.each([
    '../../etc/cron.d/x',
    '..',
    '.',
    '/etc/passwd',
    'a/../b',
    'a//b',
    'a/',
    '-rf',
    'a\\b',
    'a\nb',
    'a\u0000b',
    'a b',
    '.hidden',
    'latest',
    '',
    'x'.repeat(201),
  ])('a run that is named %j', (run) => {
    expect(isRunId(run)).toBe(false);
    const bytes = forged({ ...content, record: { ...content.record, run } });
    expect(() => decode(bytes)).toThrow('content.record.run: is no id of a run');
  });
  test('no run that we would start ourselves', () => {
    for (const run of ['deploy-web-1-20261124-1', 'CHG.12_3', 'r-1/roll[web-1]/drain'])
      expect(isRunId(run)).toBe(true);
  });

  test.each([
    '../x.ndjson',
    '/x.ndjson',
    '.x.ndjson',
    'a/b.ndjson',
    'x.json',
    'x.ndjson\u0000',
    '',
  ])('a log that is named %j', (name) => {
    const logs = content.logs.slice(0, 1).map((log) => ({ ...log, name }));
    expect(() => decode(forged({ ...content, logs }))).toThrow('content.logs.0.name');
  });
});
