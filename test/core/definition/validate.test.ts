import { describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import {
  defineAction,
  duration,
  maySecret,
  targetName,
  type AnyAction,
} from '../../../core/action.js';
import type { Inventory } from '../../../core/definition/inventory.js';
import { formatProblem } from '../../../core/definition/problem.js';
import { runbookSchema, type Runbook } from '../../../core/definition/runbook.js';
import { inSource, parseWith } from '../../../core/definition/schema.js';
import { readSource } from '../../../core/definition/source.js';
import { validateRunbook } from '../../../core/definition/validate.js';
import { localHost } from '../../../core/run/frame.js';

const base = {
  examples: [],
  async check() {
    return { before: null, drift: null, output: { count: 1, name: 'x', list: ['a'] } };
  },
};
const output = z.strictObject({ count: z.number(), name: z.string(), list: z.array(z.string()) });
const input = z.strictObject({
  key: z.string().describe('k'),
  n: z.number().optional().describe('n'),
  flag: z.boolean().optional().describe('f'),
  words: z.array(z.string()).optional().describe('w'),
  every: duration().optional().describe('e'),
  other: targetName('host').optional().describe('o'),
  env: maySecret(z.record(z.string(), z.string())).optional().describe('v'),
  text: maySecret(z.string()).optional().describe('t'),
  size: maySecret(z.number()).optional().describe('z'),
});
const set = defineAction({
  ...base,
  name: 'test.set',
  summary: 's',
  impact: 'change',
  on: 'host',
  input,
  output,
  resource: () => 'r',
  async apply() {},
  async undo() {},
});
const burn = defineAction({
  ...base,
  name: 'test.burn',
  summary: 's',
  impact: 'destroy',
  on: 'host',
  input,
  output,
  resource: () => 'r',
  async apply() {},
  undo: 'irreversible',
});
const look = defineAction({
  ...base,
  name: 'test.look',
  summary: 's',
  impact: 'read',
  on: 'cluster',
  input,
  output,
});
const actions: Record<string, AnyAction> = {
  'test.set': set,
  'test.burn': burn,
  'test.look': look,
};

const inventory: Inventory = {
  hosts: { local: localHost, w0: { ...localHost, name: 'w0', cluster: 'lab', groups: ['nodes'] } },
  clusters: {},
  groups: { nodes: ['w0'] },
};

const callee: Runbook = runbookSchema.parse({
  apiVersion: 'runbook/v1',
  name: 'worker',
  inputs: { node: { type: 'string', description: 'd' } },
  steps: [{ id: 'x', call: 'test' }],
});

function problems(body: string): string[] {
  const source = readSource('r.yaml', `apiVersion: runbook/v1\nname: test\n${body}`);
  if (!('value' in source)) return source.map(formatProblem);
  const parsed = parseWith(runbookSchema, source.value, inSource(source));
  if ('problems' in parsed) return parsed.problems.map(formatProblem);
  return validateRunbook(source, parsed.value, {
    action: (name) => actions[name] ?? null,
    actionNames: Object.keys(actions),
    runbook: (name) => (name === 'worker' ? callee : name === 'test' ? parsed.value : null),
    runbookNames: ['worker', 'test'],
    secretNames: ['dbPassword', 'token'],
    inventory,
    dataFile: (name) => (name === 'frr.conf' ? null : `there is no file '${name}' in /p`),
  }).map(formatProblem);
}

test('a runbook without faults has no problems', () => {
  expect(
    problems(`inputs:
  node: { type: target, kind: host, group: nodes, description: d }
  work: { type: runbook, optional: true, description: d }
  n: { type: number, default: 3, description: d }
target: "\${{ inputs.node }}"
locks: ["host/\${{ inputs.node }}", "cluster/\${{ target.cluster }}/maintenance"]
guards: [{ id: g, action: test.set, input: { key: "\${{ target.vars.x }}" } }]
steps:
  - { id: a, action: test.set, on: local, input: { key: "k-\${{ inputs.n }}", n: "\${{ inputs.n + 1 }}", words: "\${{ inventory.groups.nodes }}", every: 3s } }
  - { id: b, if: "\${{ steps.a.changed && has(inputs.work) }}", call: "\${{ inputs.work }}", input: { node: "\${{ inputs.node }}" } }
  - { id: c, restore: a }
  - { id: d, manual: "Look at \${{ steps.a.output.name }}", timeout: 3m }
outputs: { count: "\${{ steps.a.output.count }}" }
`),
  ).toEqual([]);
});

describe('names', () => {
  test('that every object has are none for a step', () => {
    expect(problems('steps: [{ id: constructor, delay: 1s }]\n')).toEqual([
      "r.yaml:3:15 steps.0.id: 'constructor' is not a name for a step",
    ]);
  });

  test('of actions, steps, inputs, runbooks and targets are known', () => {
    expect(
      problems(`steps:
  - { id: a, action: test.sett, input: {} }
  - { id: b, action: test.set, input: { kee: x } }
  - { id: c, restore: bb }
  - { id: a, delay: 1s }
  - { id: e, call: wroker }
  - { id: f, call: worker, input: { nod: x } }
  - { id: g, action: test.set, on: w1, input: { key: x } }
`),
    ).toEqual([
      "r.yaml:4:22 steps.0.action: unknown action 'test.sett' (did you mean 'test.set'?)",
      "r.yaml:5:39 steps.1.input.key: 'key' is missing",
      "r.yaml:5:46 steps.1.input.kee: unknown key 'kee' (did you mean 'key'?)",
      "r.yaml:6:23 steps.2.restore: unknown step 'bb' (did you mean 'b'?)",
      "r.yaml:7:11 steps.3.id: the id 'a' is used twice",
      "r.yaml:8:20 steps.4.call: unknown runbook 'wroker' (did you mean 'worker'?)",
      'r.yaml:9:20 steps.5.call: runbooks call each other in a circle: test → worker → test',
      "r.yaml:9:35 steps.5.input: runbook 'worker' needs the input 'node'",
      "r.yaml:9:42 steps.5.input.nod: runbook 'worker' has no input 'nod' (did you mean 'node'?)",
      "r.yaml:10:36 steps.6.on: unknown target 'w1' (did you mean 'w0'?)",
    ]);
  });

  test('what cannot be put back is not restored, what changes is not awaited', () => {
    expect(
      problems(`steps:
  - { id: a, action: test.burn, on: local, input: { key: x } }
  - { id: b, restore: a }
  - { id: c, restore: d }
  - { id: d, wait: test.set, on: local, input: { key: x } }
  - { id: e, action: test.set, on: local, input: { key: x }, afterUndo: [zz, a] }
`),
    ).toEqual([
      "r.yaml:5:23 steps.1.restore: step 'a' (test.burn) cannot be undone: irreversible",
      "r.yaml:6:23 steps.2.restore: step 'd' comes later: there is nothing to put back yet",
      'r.yaml:7:20 steps.3.wait: test.set changes its target; only a read-only action can be awaited (use action: instead)',
      "r.yaml:8:73 steps.4.afterUndo: unknown step 'zz' (valid: a, b, c, d, e)",
      "r.yaml:8:73 steps.4.afterUndo: step 'a' is neither a wait nor a later action",
    ]);
  });

  test('a cluster action needs a cluster', () => {
    expect(problems('steps: [{ id: a, action: test.look, input: { key: x } }]\n')).toEqual([
      "r.yaml:3:9 steps.0: step 'a' does not say which cluster test.look acts on, and the inventory has 0 (add 'on', or 'target' to the runbook)",
    ]);
  });
});

describe('expressions', () => {
  const one = (text: string, key = 'key'): string[] =>
    problems(
      `inputs: { n: { type: number, default: 1, description: d }, s: { type: string, default: x, description: d } }
steps:
  - { id: a, action: test.set, on: local, input: { key: x } }
  - { id: routes-gone, action: test.set, on: local, input: { key: x } }
  - { id: b, action: test.set, on: local, input: { key: y, ${key}: ${JSON.stringify(text)} } }
  - { id: c, action: test.set, on: local, input: { key: x } }
`.replace('key: y, key:', 'key:'),
    );

  test.each([
    ['${{ steps.aa.output.name }}', "steps has no 'aa' (did you mean 'a'?)"],
    ['${{ steps.a.output.nam }}', "steps.a.output has no 'nam' (did you mean 'name'?)"],
    ['${{ has(inputs.typo) ? "a" : "b" }}', "inputs has no 'typo'"],
    [
      '${{ steps.routes-gone.output.name }}',
      'a name with a hyphen is written steps["routes-gone"]',
    ],
    ['${{ steps.c.output.name }}', "step 'c' has not ended when this is evaluated"],
    ['${{ inputs.n }}', 'gives a number, but string is needed here'],
    ['x ${{ steps.a.output.list }}', 'cannot stand inside a text'],
    ['${{ inputs.s + 1 }}', 'no such overload'],
    ['${{ 1 + }}', 'Unexpected token'],
    ['${{ inputs.s', 'not closed'],
    ['${{ }}', 'empty'],
    ['${{ inputs.s.matches("a") }}', 'use glob'],
    ['${{ nope }}', "unknown name 'nope'"],
  ])('%s', (text, message) => {
    const found = one(text);
    expect(found.join('\n')).toContain(message);
    expect(found[0]).toMatch(/^r\.yaml:7:\d+ steps\.2\.input\.key: /);
  });

  test('types are those that the place needs', () => {
    expect(one('${{ inputs.s }}', 'n').join()).toContain(
      'gives a string, but number is needed here',
    );
    expect(one('${{ inputs.n }}', 'n')).toEqual([]);
    expect(one('${{ inputs.s }}', 'words').join()).toContain('list is needed here');
    expect(one('${{ inputs.s == "x" }}', 'flag')).toEqual([]);
  });

  test('the place of a mistake inside a quoted text is exact', () => {
    expect(one('${{ steps.drian.changed }}')[0]).toContain('r.yaml:7:68 ');
  });

  test('an expression inside a shell program is refused, with the way out', () => {
    const found = problems(
      'steps: [{ id: a, action: test.set, on: local, input: { key: x, words: ["sh", "-c", "echo ${{ run.id }}"] } }]\n',
    );
    expect(found.join()).toContain('an expression inside a shell program');
    expect(
      problems(
        'steps: [{ id: a, action: test.set, on: local, input: { key: x, words: ["sh", "-c", "echo \\"$1\\"", "s", "${{ run.id }}"] } }]\n',
      ),
    ).toEqual([]);
  });

  test('branches of a parallel do not see each other; what comes after sees all', () => {
    const found = problems(`steps:
  - id: p
    parallel:
      - { id: a, action: test.set, on: local, input: { key: x } }
      - { id: b, action: test.set, on: local, input: { key: "\${{ steps.a.output.name }}" } }
  - { id: c, action: test.set, on: local, input: { key: "\${{ steps.b.output.name }}" } }
`);
    expect(found).toHaveLength(1);
    expect(found[0]).toContain("steps.0.parallel.1.input.key: step 'a' has not ended");
  });
});

describe('data files', () => {
  const of = (expression: string): string[] =>
    problems(
      `steps:\n  - { id: a, action: test.set, on: local, input: { key: '${expression}' } }\n`,
    );

  test('that are there are no problem', () => {
    expect(of('${{ files["frr.conf"] }}')).toEqual([]);
  });

  test('that are missing are told with their place', () => {
    expect(of('x ${{ files["nope.yaml"] }}')).toEqual([
      "r.yaml:4:64 steps.0.input.key: there is no file 'nope.yaml' in /p",
    ]);
  });

  test('are named in the expression itself: what is not known beforehand cannot be fixed in the run', () => {
    expect(of('${{ files[run.id] }}').join()).toContain('name of a data file');
  });
});

test('of many steps, the ones that expressions name are known with their types', () => {
  const steps = Array.from(
    { length: 40 },
    (_, i) => `  - { id: s-${i}, action: test.set, on: local, input: { key: x } }\n`,
  ).join('');
  const last = (input: string): string[] =>
    problems(
      `steps:\n${steps}  - { id: e, action: test.set, on: local, input: { key: x, n: "${input}" } }\n`,
    );
  expect(last("${{ steps['s-30'].output.count }}")).toEqual([]);
  expect(last("${{ steps['s-30'].output.name }}").join()).toContain('gives a string');
  expect(last("${{ steps['s-99'].output.count }}").join()).toContain("steps has no 's-99'");
});

test('more steps than fit into a record are refused', () => {
  const steps = Array.from({ length: 601 }, (_, i) => `  - { id: s${i}, delay: 1s }`).join('\n');
  expect(problems(`steps:\n${steps}\n`).join()).toContain('601 steps; a run holds at most 600');
});

describe('secrets', () => {
  const one = (input: string, more = ''): string[] =>
    problems(`steps:\n  - { id: a, ${more}action: test.set, on: local, input: { ${input} } }\n`);

  test('stand as whole values in the fields that take them', () => {
    expect(
      one('key: x, text: "${{ secrets.token }}", env: { A: "${{ secrets.dbPassword }}" }'),
    ).toEqual([]);
  });

  test('stand in the steps of a fleet, and in what looks after it', () => {
    const fleet = (input: string): string[] =>
      problems(`steps:
  - id: hosts
    forEach: "\${{ inventory.groups.nodes }}"
    health: [{ id: well, action: test.set, on: local, input: { key: y, text: "\${{ secrets.token }}" } }]
    steps: [{ id: b, action: test.set, input: { ${input} } }]
`);
    expect(fleet('key: x, text: "${{ secrets.token }}"')).toEqual([]);
    expect(fleet('key: "${{ secrets.token }}"').join()).toContain('takes no secret here');
  });

  test('of another name are none', () => {
    expect(one('key: x, text: "${{ secrets.dbPasword }}"')).toEqual([
      "r.yaml:4:79 steps.0.input.text: secrets has no 'dbPasword' (did you mean 'dbPassword'?)",
    ]);
  });

  const nowhere = "a secret can only be the whole value of a field of an action's input";
  test.each([
    ['a part of a text', 'key: x, text: "pw=${{ secrets.token }}"', ''],
    ['a calculation', 'key: x, text: "${{ secrets.token + \'x\' }}"', ''],
    ['all secrets', 'key: x, env: "${{ secrets }}"', ''],
    ['a condition', 'key: x', 'if: "${{ secrets.token == \'x\' }}", '],
    ['a title', 'key: x', 'title: "${{ secrets.token }}", '],
    ['a target', 'key: x', 'on: "${{ secrets.token }}", '],
  ])('are refused in %s', (_, input, more) => {
    const found = problems(
      `steps:\n  - { id: a, ${more}action: test.set, ${more.startsWith('on') ? '' : 'on: local, '}input: { ${input} } }\n`,
    );
    expect(found.join('\n')).toContain(nowhere);
    expect(found[0]).toMatch(/^r\.yaml:4:\d+ steps\.0\./);
  });

  test('are refused outside of actions', () => {
    const found = problems(`target: "\${{ secrets.token }}"
locks: ["\${{ secrets.token }}"]
steps:
  - { id: a, manual: "\${{ secrets.token }}" }
  - { id: b, call: worker, input: { node: "\${{ secrets.token }}" } }
outputs: { x: "\${{ secrets.token }}" }
`);
    expect(found.filter((line) => line.includes(nowhere))).toHaveLength(5);
  });

  test('are refused in fields that do not take them, or are no text', () => {
    expect(one('key: "${{ secrets.token }}"')).toEqual([
      'r.yaml:4:58 steps.0.input.key: test.set takes no secret here: it could be seen (it takes secrets in: env, text, size)',
    ]);
    expect(one('key: x, size: "${{ secrets.token }}"').join()).toContain(
      'gives a string, but number is needed here',
    );
  });
});

describe('fleets', () => {
  test('a whole one has no problems, nor has what comes after it', () => {
    expect(
      problems(`steps:
  - { id: a, action: test.set, on: local, input: { key: x } }
  - id: hosts
    forEach: "\${{ inventory.groups.nodes }}"
    waves: [1, 25%, 100%]
    maxUnavailable: 20%
    failureBudget: { wave: 1, total: 10% }
    health: [{ id: well, action: test.set, on: local, input: { key: y } }]
    locks: ["host/\${{ item }}"]
    steps:
      - { id: b, title: "On \${{ item }}", action: test.set, input: { key: "\${{ item + steps.a.output.name }}" } }
      - { id: c, if: "\${{ steps.b.changed }}", restore: b }
  - { id: d, manual: "\${{ steps.hosts.output.changed }} done, \${{ size(steps.hosts.output.failed) }} failed." }
`),
    ).toEqual([]);
  });

  test('steps of an item are its own', () => {
    expect(
      problems(`steps:
  - { id: a, action: test.set, on: local, input: { key: "\${{ item }}" } }
  - id: hosts
    forEach: "\${{ steps.a.output.name }}"
    waves: [25%, 10%]
    steps:
      - { id: b, restore: a }
      - { id: a, delay: 1s }
  - { id: c, delay: 1s, if: "\${{ steps.b.changed }}" }
  - { id: d, action: test.set, on: local, input: { key: "\${{ steps.hosts.output.nothing }}" } }
finally:
  - { id: e, forEach: [x], steps: [{ id: f, delay: 1s }] }
`),
    ).toEqual([
      "r.yaml:4:62 steps.0.input.key: 'item' is known only inside a forEach",
      'r.yaml:7:18 steps.1.waves.1: a wave reaches further than the one before it: 10% does not after 25% (waves tell how many items are through after each: [1, 25%, 100%])',
      "r.yaml:9:27 steps.1.steps.0.restore: step 'a' is not the item's own: it cannot put it back",
      "r.yaml:10:15 steps.1.steps.1.id: the id 'a' is used twice",
      'r.yaml:11:34 steps.2.if: step \'b\' is done once per item; what came out of all is steps["hosts"].output',
      "r.yaml:12:81 steps.3.input.key: steps.hosts.output has no 'nothing' (valid: items, changed, failed)",
      "r.yaml:14:5 finally.0: a 'forEach' cannot stand in finally: a run that ends begins no others",
    ]);
  });

  test('it goes over a list', () => {
    expect(
      problems(`inputs: { n: { type: string, description: d } }
steps: [{ id: hosts, forEach: "\${{ inputs.n }}", steps: [{ id: b, delay: 1s }] }]
`),
    ).toEqual(['r.yaml:4:36 steps.0.forEach: gives a string, but list is needed here']);
  });

  test('shares are numbers or percentages', () => {
    expect(
      problems(`steps:
  - { id: hosts, forEach: [a], maxUnavailable: 120%, failureBudget: { wav: 1 }, steps: [{ id: b, delay: 1s }] }
`).length,
    ).toBeGreaterThanOrEqual(2);
  });
});
