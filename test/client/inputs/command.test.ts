import { describe, expect, test } from '@jest/globals';
import { runbookWord } from '../../../client/inputs/command.js';

const known = new Set(['node-maintenance', 'node-restart']);
const flags = new Map([
  ['--project', true],
  ['--id', true],
  ['--yes', false],
]);
const named = (line: string): string | null => runbookWord(line.split(' '), known, flags);

describe('the word that names the runbook', () => {
  test.each([
    ['node-maintenance --node k8s-w0', 'node-maintenance'],
    ['--project lab node-maintenance --node k8s-w0', 'node-maintenance'],
    ['--node k8s-w0 node-maintenance', 'node-maintenance'],
    ['--yes node-maintenance', 'node-maintenance'],
    // Whether an input takes a value is known only with its runbook.
    ['--allow-empty-dir node-maintenance', 'node-maintenance'],
    ['--allow-empty-dir node-maintenance more', 'node-maintenance'],
    ['--node=k8s-w0 node-maintenance', 'node-maintenance'],
    ['--id node-restart node-maintenance', 'node-maintenance'],
    ['--work node-restart node-maintenance', 'node-maintenance'],
    ['./mine.yaml --work node-restart', './mine.yaml'],
  ])('in %p', (line, word) => {
    expect(named(line)).toBe(word);
  });

  test.each([
    ['node-maintenence --node k8s-w0', 'node-maintenence'],
    ['--project lab node-maintenence --node k8s-w0', 'node-maintenence'],
    ['node-maintenence --work node-restart', 'node-maintenence'],
    ['--project lab --id one node-maintenence', 'node-maintenence'],
  ])('also where there is no such runbook: %p', (line, word) => {
    expect(named(line)).toBe(word);
  });

  test('is not there', () => {
    expect(named('--project lab --yes')).toBeNull();
    expect(named('--id one')).toBeNull();
  });
});
