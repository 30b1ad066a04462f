import { expect, test } from '@jest/globals';
import { inputsTable, withInputs } from '../../scripts/reference/inputs.js';

const description = 'What it is | for.';

test('every kind of input says what it takes, and what holds without it', () => {
  const table = inputsTable({
    node: { type: 'target', kind: 'host', group: 'nodes', description },
    policy: { type: 'string', enum: ['Local', 'Cluster'], default: 'Local', description },
    maxSkew: { type: 'integer', minimum: 1, maximum: 9, default: 1, description },
    hold: { type: 'boolean', default: false, description },
    urls: { type: 'list', items: 'string', default: [], description },
    filter: { type: 'string', pattern: 'tcp*', default: '', description },
    within: { type: 'duration', optional: true, description },
  });
  const rows = table.split('\n').map((row) => row.split(/(?<!\\)\|/).map((cell) => cell.trim()));
  expect(rows.slice(2).map(([, flag, takes, unlessTold]) => [flag, takes, unlessTold])).toEqual([
    ['`--node`', 'host of the group `nodes`', 'must be given'],
    ['`--policy`', '`Local`, `Cluster`', '`Local`'],
    ['`--max-skew`', 'integer from 1 to 9', '`1`'],
    ['`--hold`', 'switch, or `--no-hold`', 'no'],
    ['`--urls`', 'text, may be repeated', 'none'],
    ['`--filter`', 'text like `tcp*`', 'empty'],
    ['`--within`', 'duration', ''],
  ]);
  expect(new Set(table.split('\n').map((row) => row.length)).size).toBe(1);
  expect(table).toContain('What it is \\| for.');
});

const begin = '<!-- inputs of drain: generated from the runbook, do not edit -->';
const page = `# Drain\n\n${begin}\nold\n<!-- end of inputs -->\n\nText.\n`;

test('a guide gets the table between its two comments, and nothing else of it changes', () => {
  const inputs = { node: { type: 'runbook', description } as const };
  const told = withInputs(page, (name) => (name === 'drain' ? inputs : null));
  expect(told).toBe(
    `# Drain\n\n${begin}\n\n${inputsTable(inputs)}\n\n<!-- end of inputs -->\n\nText.\n`,
  );
  expect(withInputs(told, () => inputs)).toBe(told);
});

test('a guide that names no runbook of the package is an error', () => {
  expect(() => withInputs(page, () => null)).toThrow("no runbook 'drain'");
});
