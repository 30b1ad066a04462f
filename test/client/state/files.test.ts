import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { fileName as logName } from '../../../activities/log/name.js';
import { openArchive } from '../../../client/state/archive.js';
import { archiveName, logFolderName } from '../../../client/state/file-name.js';
import { forgetOpen, noteOpen, openRuns } from '../../../client/state/open.js';
import { findPlans, keepPlan } from '../../../client/state/plans.js';
import { projectNames, rememberProject, rememberRuns } from '../../../client/state/names.js';
import { readJson } from '../../../client/embedded/json-file.js';
import { plan, record } from '../records.js';
import { readFileSync } from 'node:fs';

let state = '';
beforeAll(() => {
  state = mkdtempSync(join(tmpdir(), 'rb-state-'));
});
afterAll(() => rmSync(state, { recursive: true }));

const ids = ['run-1', 'a/b', '../x', '.hidden', 'ü', 'x'.repeat(400), '', 'a b\n', 'CHG.12_3'];

test.each(ids)('the log’s folder is where the worker writes it: %j', (id) => {
  expect(logFolderName(id)).toBe(logName(id));
});
test('the archive’s files stay in their folder', () => {
  expect(['a/b', '../x', 'a+b', 'CHG.12_3'].map(archiveName)).toEqual([
    'a%2Fb',
    '..%2Fx',
    'a_b',
    'CHG.12_3',
  ]);
});

describe('archive', () => {
  test('none, torn, another’s', () => {
    const archive = openArchive(state);
    expect(archive.ids()).toEqual([]);
    expect(archive.find('x')).toBeNull();
    mkdirSync(join(state, 'archive'));
    writeFileSync(join(state, 'archive/torn.json'), '{"run":');
    expect(archive.find('torn')).toBeNull();
    writeFileSync(join(state, 'archive/a_b.json'), JSON.stringify(record({ run: 'a_b' })));
    expect(archive.find('a_b')?.run).toBe('a_b');
    // Shares the file's name, but is another run.
    expect(archive.find('a/b')).toBeNull();
  });
});

describe('open runs', () => {
  test('are remembered until they are in the archive, or given up', () => {
    const open = { run: 'o-1', runbook: 'o', startedAt: '2026-01-01T00:00:00Z', server: '1.29.1' };
    expect(openRuns(state)).toEqual([]);
    noteOpen(state, open);
    noteOpen(state, { ...open, run: 'o-2' });
    expect(openRuns(state)).toHaveLength(2);
    writeFileSync(join(state, 'archive/o-1.json'), '{}');
    expect(openRuns(state).map(({ run }) => run)).toEqual(['o-2']);
    forgetOpen(state, 'o-2');
    forgetOpen(state, 'o-2');
    expect(openRuns(state)).toEqual([]);
  });
});

describe('plans', () => {
  const one = {
    plan: plan([], { hash: `aaaa${'0'.repeat(60)}` }),
    definitionHash: 'd',
    inputs: {},
  };
  const two = {
    plan: plan([], { hash: `aaab${'0'.repeat(60)}` }),
    definitionHash: 'd',
    inputs: {},
  };

  test('are found by the beginning of their hash, and by nothing else', () => {
    expect(findPlans(state, 'aaaa')).toEqual([]);
    keepPlan(state, one);
    keepPlan(state, two);
    expect(findPlans(state, 'aaaa')).toEqual([one]);
    expect(findPlans(state, 'aaa')).toEqual([]);
    expect(findPlans(state, `aaab${'0'.repeat(60)}`)).toEqual([two]);
    for (const wrong of ['', '../../etc', 'AAAA', 'zzzz', '*'])
      expect(findPlans(state, wrong)).toEqual([]);
  });
});

describe('names for completion', () => {
  test('runs, the newest first', () => {
    rememberRuns(state, ['b', 'a']);
    rememberRuns(state, ['c', 'a']);
    expect(readFileSync(join(state, 'completion/runs'), 'utf8')).toBe('c\na\nb\n');
  });
  test('a project’s, in a file that a shell finds by its path', () => {
    rememberProject(state, '/home/ada/ops', {
      runbooks: ['deploy'],
      targets: ['local', 'web-1'],
      flags: { deploy: ['--host', '--version'] },
    });
    expect(readFileSync(join(state, 'completion/project%home%ada%ops'), 'utf8')).toBe(
      'runbook deploy\ntarget local\ntarget web-1\nflags deploy --host --version\n',
    );
    expect(projectNames(state, '/a')).toBe(join(state, 'completion/project%a'));
  });
});

test('a file that is no JSON is as good as none; a folder in the way is not', () => {
  writeFileSync(join(state, 'bad.json'), '{');
  expect(readJson(join(state, 'bad.json'))).toBeNull();
  expect(readJson(join(state, 'none.json'))).toBeNull();
  expect(readJson(join(state, 'bad.json', 'below'))).toBeNull();
  expect(() => readJson(join(state, 'archive'))).toThrow('EISDIR');
});
