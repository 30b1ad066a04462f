import { expect, test } from '@jest/globals';
import { z } from 'zod';
import { defineAction } from '../../../core/action.js';
import { actionProblems } from '../../../core/definition/actions.js';
import { formatProblem } from '../../../core/definition/problem.js';
import { readSource } from '../../../core/definition/source.js';

const look = defineAction({
  name: 'test.look',
  summary: 'Looks.',
  impact: 'read',
  on: 'host',
  input: z.strictObject({ path: z.string().describe('Where.') }),
  output: z.strictObject({}),
  check: () => Promise.resolve({ before: null, drift: null, output: {} }),
  examples: [],
});

function problems(text: string): string[] {
  const source = readSource('r.yaml', text);
  if (!('value' in source)) throw new Error('not YAML');
  return actionProblems(source, new Map([[look.name, look]])).map(formatProblem);
}

test('the actions of a file that is no runbook are told all the same, wherever they stand', () => {
  expect(
    problems(`
name: 7
guards: [{ id: g, action: test.lock }]
steps:
  - id: a
    acton: test.look
  - id: b
    timout: 3s
    action: test.look
    input: { pth: /x }
  - parallel:
      - { wait: test.look, input: { path: 1 } }
      - steps: [{ action: test.look }]
  - { forEach: [], health: [{ action: nothing.like-it }], steps: no list }
finally: [{ action: test.look, input: { path: "\${{ x }}" } }]
`),
  ).toEqual([
    "r.yaml:3:27 guards.0.action: unknown action 'test.lock' (did you mean 'test.look'?)",
    "r.yaml:10:12 steps.1.input.path: 'path' is missing",
    "r.yaml:10:19 steps.1.input.pth: unknown key 'pth' (did you mean 'path'?)",
    'r.yaml:12:43 steps.2.parallel.0.input.path: Invalid input: expected string, received number',
    "r.yaml:13:17 steps.2.parallel.1.steps.0.input.path: 'path' is missing",
    "r.yaml:14:39 steps.3.health.0.action: unknown action 'nothing.like-it' (valid: test.look)",
  ]);
});

test.each([
  ['a text', 'steps'],
  ['a list', '[a, { steps: [{ action: x }] }]'],
  ['steps that are none', 'steps: { action: x }\nguards: 7\nprobes: [7, null, [{ action: x }]]'],
  ['actions that are none', 'steps: [{ action: 7 }, { action: { x: 1 } }, { wait: null }]'],
  ['input that is none', 'steps: [{ action: test.look, input: 7 }]'],
])('%s is left to the schema', (_name, text) => {
  expect(problems(text)).toEqual([]);
});
