import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect } from '@jest/globals';
import { commands } from '../../client/catalog.js';
import { bashCompletion } from '../../client/completion/bash.js';
import { fishCompletion } from '../../client/completion/fish.js';
import type { CompletedCommand } from '../../client/completion/words.js';
import { zshCompletion } from '../../client/completion/zsh.js';
import { rememberProject, rememberRuns } from '../../client/state/names.js';
import { needs } from '../needs.js';

const known: CompletedCommand[] = commands.map(({ name, summary }) => ({
  name,
  summary,
  flags: ['--json', '--yes'],
  argument: name === 'start' ? 'runbook' : name === 'retry' ? 'run' : null,
  words: name === 'dev' ? ['status', 'start', 'stop'] : [],
}));

let root = '';
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'rb-complete-'));
  mkdirSync(join(root, 'project/deep'), { recursive: true });
  writeFileSync(join(root, 'project/runbook.yaml'), '');
  writeFileSync(join(root, 'bash'), bashCompletion(known));
  writeFileSync(join(root, '_runbook'), zshCompletion(known));
  writeFileSync(join(root, 'runbook.fish'), fishCompletion(known));
  const state = join(root, 'state');
  rememberRuns(state, ['node-maintenance-k8s-w0-20261124-1', 'other-1']);
  rememberProject(state, join(root, 'project'), {
    runbooks: ['node-maintenance', 'node-restart'],
    targets: ['local', 'k8s-w0'],
    flags: { 'node-maintenance': ['--node', '--work'] },
  });
});
afterAll(() => rmSync(root, { recursive: true }));

/** What bash offers for the last of these words. */
function offered(words: readonly string[], cwd = 'project/deep'): string[] {
  const script = `source "$1"; shift; COMP_WORDS=(runbook "$@"); COMP_CWORD=$#; PATH=; _runbook; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const text = execFileSync('bash', ['--norc', '-c', script, 'sh', join(root, 'bash'), ...words], {
    cwd: join(root, cwd),
    // The script takes PATH away: nothing may be started.
    env: { PATH: process.env['PATH'] ?? '', RUNBOOK_STATE_DIR: join(root, 'state') },
    encoding: 'utf8',
  });
  return text.split('\n').filter(Boolean);
}

describe('bash', () => {
  const test = needs({ commands: ['bash'] });

  test('commands', () => {
    expect(offered(['re'])).toEqual(
      expect.arrayContaining(['report', 'retry', 'reject', 'resume']),
    );
    expect(offered([''])).toHaveLength(commands.length);
    expect(offered(['--p'])).toEqual(['--project', '--plain']);
  });
  test('runbooks of the project around', () => {
    expect(offered(['start', 'node-'])).toEqual(['node-maintenance', 'node-restart']);
    expect(offered(['start', ''], '.')).toEqual([]);
    expect(offered(['--project', '../project', 'start', 'node-m'], 'state')).toEqual([]);
    expect(offered(['--project', join(root, 'project'), 'start', 'node-m'], '.')).toEqual([
      'node-maintenance',
    ]);
  });
  test('flags of a command, and of a runbook’s inputs', () => {
    expect(offered(['start', 'node-maintenance', '--'])).toEqual([
      '--json',
      '--yes',
      '--node',
      '--work',
    ]);
    expect(offered(['start', 'node-restart', '--'])).toEqual(['--json', '--yes']);
  });
  test('targets as values', () => {
    expect(offered(['start', 'node-maintenance', '--node', 'k'])).toEqual(['k8s-w0']);
  });
  test('runs', () => {
    expect(offered(['retry', 'node'])).toEqual(['node-maintenance-k8s-w0-20261124-1']);
  });
  test('fixed words', () => {
    expect(offered(['dev', 'st'])).toEqual(['status', 'start', 'stop']);
  });
  test('nothing is remembered yet', () => {
    rmSync(join(root, 'state'), { recursive: true });
    expect(offered(['start', ''])).toEqual([]);
    expect(offered(['retry', ''])).toEqual([]);
  });
});

describe('the others are sound', () => {
  needs({ commands: ['zsh'] })('zsh', () => {
    execFileSync('zsh', ['-n', join(root, '_runbook')]);
  });
  needs({ commands: ['fish'] })('fish', () => {
    execFileSync('fish', ['--no-execute', join(root, 'runbook.fish')]);
  });
});
