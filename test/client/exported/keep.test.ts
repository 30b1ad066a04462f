import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { decode, encode } from '../../../client/exported/document.js';
import { keep } from '../../../client/exported/keep.js';
import { openArchive } from '../../../client/state/archive.js';
import { findDefinition } from '../../../client/state/definitions.js';
import { evidenceOf } from '../../../client/state/evidence.js';
import { logFiles } from '../../../client/state/log-files.js';
import { noteOpen } from '../../../client/state/open.js';
import type { ExportContent } from '../../../core/export.js';
import { definition, endedRun } from './run.js';

let there = '';
let here = '';
let content: ExportContent;
beforeEach(async () => {
  there = mkdtempSync(join(tmpdir(), 'rb-there-'));
  here = mkdtempSync(join(tmpdir(), 'rb-here-'));
  content = await endedRun(there);
});
afterEach(() => {
  for (const folder of [there, here]) rmSync(folder, { recursive: true });
});

const carried = (of = content): ExportContent => decode(encode(of, true).bytes).content;
const filesBelow = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort();

describe('a run of another machine', () => {
  test('is here with its record, its logs byte for byte, its commands and its definition', async () => {
    expect(keep(here, carried())).toBe('new');
    const { run, definitionHash } = content.record;
    expect(openArchive(here).find(run)).toEqual(content.record);
    expect(openArchive(here).ids()).toEqual([run]);
    const bytes = (state: string): Buffer[] =>
      logFiles(state, run).map((path) => readFileSync(path));
    expect(bytes(here)).toHaveLength(2);
    expect(bytes(here)).toEqual(bytes(there));
    expect(await evidenceOf(here, run)).toEqual(content.evidence);
    expect(findDefinition(here, definitionHash)).toEqual(definition);
    for (const path of logFiles(here, run)) expect(statSync(path).mode & 0o077).toBe(0);
  });

  test('takes its place among the runs by when it ended, not by when it came', async () => {
    keep(
      here,
      carried(await endedRun(there, { run: 'late', endedAt: '2026-11-25T00:00:00.000Z' })),
    );
    keep(
      here,
      carried(await endedRun(there, { run: 'early', endedAt: '2026-11-23T00:00:00.000Z' })),
    );
    expect(openArchive(here).ids()).toEqual(['late', 'early']);
  });

  test('may be imported again: then there is nothing to do', () => {
    keep(here, carried());
    const before = filesBelow(here);
    expect(keep(here, carried())).toBe('same');
    expect(filesBelow(here)).toEqual(before);
  });

  test('is made whole where an import was cut short', () => {
    keep(here, carried());
    rmSync(join(here, 'archive', `${content.record.run}.json`));
    expect(keep(here, carried())).toBe('new');
    rmSync(join(here, 'logs', content.record.run, 'worker.ndjson'));
    expect(keep(here, carried())).toBe('completed');
  });

  test('without its log it still has its commands', async () => {
    const logs = content.logs.map(({ name, bytes, sha256 }) => ({ name, bytes, sha256 }));
    keep(here, carried({ ...content, logs }));
    expect(logFiles(here, content.record.run)).toEqual([]);
    expect(await evidenceOf(here, content.record.run)).toEqual(content.evidence);
    expect(keep(here, carried())).toBe('completed');
    expect(logFiles(here, content.record.run)).toHaveLength(2);
  });
});

describe('nothing is written where', () => {
  function refuses(of: ExportContent, why: string): void {
    const before = filesBelow(here);
    expect(() => keep(here, of)).toThrow(why);
    expect(filesBelow(here)).toEqual(before);
  }
  test('a run of this id has another content', () => {
    keep(here, carried());
    refuses({ ...content, record: { ...content.record, title: 'Another' } }, 'with other content');
  });
  test('another run has the name of its file', async () => {
    keep(here, carried(await endedRun(there, { run: 'a_b' })));
    refuses(await endedRun(there, { run: 'a+b' }), 'the run a_b is kept here under the same name');
  });
  test('a run of this id is open', () => {
    const { run, runbook, startedAt } = content.record;
    noteOpen(here, { run, runbook, startedAt, server: null });
    refuses(content, 'is open here');
  });
  test('its log is here, and is another', () => {
    keep(here, carried());
    appendFileSync(join(here, 'logs', content.record.run, 'worker.ndjson'), 'x');
    refuses(content, 'there is another log');
  });
  test('logs of another worker are here', () => {
    keep(here, carried());
    rmSync(join(here, 'archive', `${content.record.run}.json`));
    appendFileSync(join(here, 'logs', content.record.run, 'worker-3.ndjson'), 'x');
    refuses(content, 'there are other logs');
  });
});
