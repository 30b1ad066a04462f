import { appendFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, expect } from '@jest/globals';
import * as schemas from '../../../client/schemas.js';
import { runExportSchema } from '../../../core/export.js';
import { Bench, withServer, type Result } from './cli.js';
import { writeRunbooks } from './runbooks.js';

const test = withServer();
const slow = 180_000;
let bench: Bench;

beforeAll(async () => {
  bench = new Bench();
  writeRunbooks(bench);
  await bench.run('start', 'quick', '--id', 'quick-a', '--yes');
  await bench.run('start', 'quick', '--id', 'quick-b', '--yes');
}, slow);
afterAll(() => bench.close(), slow);

/** A command line on a machine that has never seen the run. */
function elsewhere(...args: string[]): Promise<Result> {
  return bench.runWith({ RUNBOOK_STATE_DIR: bench.path('.elsewhere') }, ...args);
}

/** What was printed, in lines of JSON where it is that: the order of keys says nothing. */
function values(printed: string): unknown[] {
  try {
    return [JSON.parse(printed)];
  } catch {
    return printed.split('\n');
  }
}

test(
  'a run that was exported is known on another machine, as it was on this one',
  async () => {
    for (const run of ['quick-a', 'quick-b']) {
      const file = bench.path(`${run}.json.gz`);
      const told = schemas.exportedSchema.parse(await bench.json(0, 'export', run, '-o', file));
      expect(told).toMatchObject({ run, file, definition: true, bytes: statSync(file).size });
      expect(told.logs).toMatchObject([{ included: true }]);
      expect(statSync(file).mode & 0o077).toBe(0);
      const { code, stdout } = await elsewhere('import', file, '--json');
      expect(code).toBe(0);
      expect(schemas.importedSchema.parse(JSON.parse(stdout))).toMatchObject({ run, kept: 'new' });
    }
    for (const command of [
      ['status', 'quick-a', '--json'],
      ['report', 'quick-a', '--json'],
      ['report', 'quick-a', '--format', 'html'],
      ['logs', 'quick-a', '--json'],
      ['diff', 'quick-a', 'quick-b', '--json'],
      ['export', 'quick-a'],
    ]) {
      const { stdout, code } = await elsewhere(...command);
      expect(code).toBe(0);
      expect(stdout.length).toBeGreaterThan(10);
      expect(values(stdout)).toEqual(values(await bench.expect(0, ...command)));
    }
    const again = await elsewhere('import', bench.path('quick-a.json.gz'));
    expect(again).toMatchObject({ code: 0, stdout: expect.stringContaining('nothing to do') });
    // None of this has needed a server there.
    expect(JSON.parse((await elsewhere('dev', '--json')).stdout)).toMatchObject({ server: null });
  },
  slow,
);

test(
  'and is listed there, where it cannot be put back',
  async () => {
    try {
      const { stdout } = await elsewhere('runs', '--json');
      const runs = schemas.runsSchema.parse(JSON.parse(stdout));
      expect(runs.map(({ run }) => run)).toEqual(['quick-b', 'quick-a']);
      const undone = await elsewhere('undo', 'quick-a', '--yes');
      expect(undone).toMatchObject({ code: 1, stdout: '' });
      expect(undone.stderr).toContain('it was imported');
      expect(undone.stderr).toContain('put it back where it was run');
    } finally {
      await elsewhere('dev', 'stop');
    }
  },
  slow,
);

test(
  'the runbook as it was run comes from the history, where its file is another by now',
  async () => {
    rmSync(`${bench.state}/definitions`, { recursive: true });
    const text = bench.read('runbooks/quick.yaml') ?? '';
    bench.write('runbooks/quick.yaml', text.replace('Write a file', 'Write another file'));
    const whole = runExportSchema.parse(JSON.parse(await bench.expect(0, 'export', 'quick-a')));
    expect(whole.content.definition).toMatchObject({ name: 'quick', title: 'Write a file' });
  },
  slow,
);

test(
  'what is no such file is refused, and said where it was looked',
  async () => {
    const whole = await bench.expect(0, 'export', 'quick-a');
    expect(runExportSchema.parse(JSON.parse(whole)).content.definition).toMatchObject({
      name: 'quick',
    });
    const file = bench.path('altered.json');
    writeFileSync(file, whole.replace('"quick-a"', '"quick-z"'));
    const altered = await elsewhere('import', file);
    expect(altered).toMatchObject({ code: 1, stdout: '' });
    expect(altered.stderr).toContain(`${file}: it was altered or damaged`);
    writeFileSync(file, whole);
    appendFileSync(file, 'x');
    expect((await elsewhere('import', file)).stderr).toContain('it is no JSON');
    expect((await elsewhere('import', bench.path('nowhere.json'))).code).toBe(64);
    expect((await elsewhere('import', '/dev/zero')).stderr).toContain('is not a file');
    expect((await bench.run('export', 'quick-a', '-o', bench.path('no/such/x'))).code).toBe(64);
  },
  slow,
);
