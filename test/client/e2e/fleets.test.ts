import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect } from '@jest/globals';
import * as schemas from '../../../client/schemas.js';
import { Bench, withServer } from './cli.js';

const test = withServer();
const slow = 240_000;
let bench: Bench;

beforeAll(() => {
  bench = new Bench();
  // The gate of an item opens when the test makes a file.
  bench.runbook(
    'fleet',
    `steps:
  - id: items
    forEach: [a, b, c]
    waves: [1, 100%]
    maxUnavailable: 2
    failureBudget: 1
    steps:
      - { id: begun, action: linux.file, input: { path: "FOLDER/\${{ item }}.begun", content: x } }
      - id: gate
        action: linux.command
        retry: { attempts: 1 }
        input:
          check: [test, -e, "FOLDER/\${{ item }}.passed"]
          apply: [sh, -c, 'test -e "$1" && touch "$2"', gate, "FOLDER/\${{ item }}.open", "FOLDER/\${{ item }}.passed"]
          undo: [rm, -f, "FOLDER/\${{ item }}.passed"]
  - { id: by-hand, manual: "\${{ steps.items.output.changed }} are done." }
`,
  );
});
afterAll(() => bench.close(), slow);
beforeEach(() => {
  for (const item of ['a', 'b', 'c']) {
    for (const end of ['begun', 'passed']) rmSync(bench.path(`${item}.${end}`), { force: true });
    writeFileSync(bench.path(`${item}.open`), '');
  }
});

async function record(run: string): Promise<ReturnType<typeof schemas.statusSchema.parse>> {
  return schemas.statusSchema.parse(JSON.parse((await bench.run('status', run, '--json')).stdout));
}

describe('a fleet', () => {
  test(
    'is planned with its arithmetic, and item by item',
    async () => {
      const plan = await bench.run('plan', 'fleet');
      expect(plan.code).toBe(2);
      expect(plan.stdout).toContain('3 items in 2 waves of 1 and 2; at most 2 at once; 1 may fail');
      expect(plan.stdout).toMatch(/items\[c\]\/gate/);
    },
    slow,
  );

  test(
    'shows which item waits, takes its decision by path, and is put back as a whole',
    async () => {
      rmSync(bench.path('b.open'));
      const started = await bench.run('start', 'fleet', '--id', 'f-park');
      expect(started.code).toBe(3);
      expect(started.stdout).toContain('items[b]/gate is parked');
      // Its sibling goes on meanwhile.
      while (!existsSync(bench.path('c.passed'))) await new Promise((r) => setTimeout(r, 100));
      const item = await bench.run('status', 'f-park/items/b');
      expect(item.code).toBe(3);
      expect(item.stdout).toContain('items[b]/gate');
      writeFileSync(bench.path('b.open'), '');
      const retried = await bench.run('retry', 'f-park', 'items[b]/gate', '--watch');
      expect(retried.stdout).toContain('3 are done.');
      expect((await record('f-park')).steps.map(({ path, outcome }) => [path, outcome])).toEqual([
        ['items', 'changed'],
        ['items[a]', 'changed'],
        ['items[b]', 'changed'],
        ['items[c]', 'changed'],
        ['by-hand', null],
      ]);
      expect((await bench.run('logs', 'f-park/items/b')).stdout).toContain('gate');
      const runs = await bench.run('runs', '--json');
      expect(schemas.runsSchema.parse(JSON.parse(runs.stdout)).map(({ run }) => run)).toEqual([
        'f-park',
      ]);
      const undone = await bench.run('undo', 'f-park', '--yes', '--watch');
      expect(undone.code).toBe(4);
      for (const name of ['a.begun', 'b.passed', 'c.passed'])
        expect(existsSync(bench.path(name))).toBe(false);
      const report = await bench.run('report', 'f-park/items/b');
      expect(report.stdout).toContain('f-park/items/b: undone');
    },
    slow,
  );

  test(
    'that has ended is put back by a run of its own, with one for each item',
    async () => {
      await bench.expect(3, 'start', 'fleet', '--id', 'f-ended');
      await bench.expect(0, 'confirm', 'f-ended', '--reason', 'seen', '--watch');
      writeFileSync(bench.path('b.begun'), 'of somebody else');
      const refused = await bench.run('undo', 'f-ended', '--yes');
      expect(refused.code).toBe(1);
      expect(refused.stdout).toContain('not as the run has left it: items[b]/begun');
      expect(existsSync(bench.path('c.passed'))).toBe(true);
      const undone = await bench.run('undo', 'f-ended', '--yes', '--force');
      expect(undone.code).toBe(0);
      for (const name of ['a.begun', 'b.begun', 'b.passed', 'c.passed'])
        expect(existsSync(bench.path(name))).toBe(false);
      expect(await record('f-ended-undo-2')).toMatchObject({
        state: 'succeeded',
        undoes: 'f-ended',
        steps: expect.arrayContaining([
          expect.objectContaining({ path: 'items[b]', outcome: 'undone' }),
        ]),
      });
      expect(await record('f-ended-undo-2/items/c')).toMatchObject({
        state: 'undone',
        undoes: 'f-ended/items/c',
      });
      const item = await bench.run('undo', 'f-ended/items/a', '--yes');
      expect(item.stderr).toContain('runbook undo f-ended');
    },
    slow,
  );
});
