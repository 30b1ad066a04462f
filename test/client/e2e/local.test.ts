import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect } from '@jest/globals';
import * as schemas from '../../../client/schemas.js';
import { needs } from '../../needs.js';
import { Bench, cliPath, finished, until } from './bench.js';
import { writeRunbooks } from './runbooks.js';

const test = needs({ linux: true, files: [cliPath] });
const slow = 240_000;
let bench: Bench;

beforeAll(() => {
  bench = new Bench();
  // Where there is no server to start, nobody can have started one.
  bench.env['RUNBOOK_TEMPORAL_CLI'] = '/nowhere/temporal';
  bench.env['TEMPORAL_ADDRESS'] = '127.0.0.1:1';
  writeRunbooks(bench);
  // Done quickly, but for the first time.
  bench.runbook(
    'stuck',
    `locks: [host/one]
steps:
  - id: work
    action: linux.command
    input:
      check: [test, -e, FOLDER/worked]
      apply: [sh, -c, 'echo begun >> "$1"; test "$(wc -l < "$1")" -gt 1 || sleep 60; touch "$2"', work, FOLDER/rounds, FOLDER/worked]
      undo: [rm, -f, FOLDER/worked]
      timeout: 100s
  - { id: after, action: linux.file, input: { path: FOLDER/after.txt, content: new } }
`,
  );
  bench.runbook(
    'once',
    `locks: [host/one]
steps:
  - id: work
    action: linux.command
    input:
      check: [test, -e, FOLDER/worked]
      apply: [sh, -c, 'echo begun >> "$1"; sleep 2; touch "$2"', work, FOLDER/rounds, FOLDER/worked]
      undo: [rm, -f, FOLDER/worked]
  - { id: after, action: linux.file, input: { path: FOLDER/after.txt, content: new } }
`,
  );
});
afterAll(() => {
  rmSync(bench.folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
});
beforeEach(() => {
  for (const name of ['before.txt', 'after.txt', 'open', 'passed', 'worked', 'rounds'])
    rmSync(bench.path(name), { force: true });
});

const why = ['--local', '--reason', 'the server is ill'];
const folderOf = (run: string): string => join(bench.state, 'local', 'runs', run);

function pidOf(run: string): number {
  const text = readFileSync(join(folderOf(run), 'process.json'), 'utf8');
  return (JSON.parse(text) as { pid: number }).pid;
}

async function record(run: string): Promise<ReturnType<typeof schemas.statusSchema.parse>> {
  return schemas.statusSchema.parse(JSON.parse((await bench.run('status', run, '--json')).stdout));
}

describe('without a server', () => {
  test(
    'a run needs a reason, and somebody who follows it',
    async () => {
      expect((await bench.run('start', 'quick', '--local')).stderr).toContain('needs a reason');
      const detached = await bench.run('start', 'quick', ...why, '--detach');
      expect(detached.code).toBe(64);
      expect(existsSync(bench.path('quick.txt'))).toBe(false);
    },
    slow,
  );

  test(
    'it parks, takes decisions from its journal, and ends in the archive as any other',
    async () => {
      const started = await bench.run('start', 'gated', ...why, '--id', 'l-park');
      expect(started.code).toBe(3);
      expect(started.stderr).toContain('Without the server');
      expect(started.stdout).toContain('runbook retry   l-park');
      const refused = await bench.run('confirm', 'l-park', '--reason', 'done');
      expect(refused.code).toBe(1);
      expect(refused.stderr).toContain('the check does not agree');
      writeFileSync(bench.path('open'), '');
      const retried = await bench.run('retry', 'l-park', '--reason', 'opened it');
      expect(retried.stdout).toContain('succeeded');
      expect(retried.code).toBe(0);
      expect(await record('l-park')).toMatchObject({
        state: 'succeeded',
        local: { reason: 'the server is ill' },
        decisions: [{ verb: 'retry', step: 'gate', reason: 'opened it' }],
      });
      const file = bench.path('l-park.json');
      await bench.expect(0, 'export', 'l-park', '--output', file);
      const elsewhere = { RUNBOOK_STATE_DIR: bench.path('.elsewhere') };
      expect((await bench.runWith(elsewhere, 'import', file)).code).toBe(0);
      const report = await bench.runWith(elsewhere, 'report', 'l-park');
      expect(report.stdout).toContain('leases of the server were not seen');
      // Neither a server nor its database was made for any of this.
      expect(readdirSync(bench.state).filter((name) => /server|temporal|\.db/.test(name))).toEqual(
        [],
      );
    },
    slow,
  );

  test(
    'what it has changed is put back after its end, out of its journal',
    async () => {
      writeFileSync(bench.path('before.txt'), 'as it was');
      writeFileSync(bench.path('open'), '');
      await bench.expect(0, 'start', 'gated', ...why, '--id', 'l-ended');
      expect(bench.read('before.txt')).not.toBe('as it was');
      const undone = await bench.run('undo', 'l-ended', '--yes', '--reason', 'it was too much');
      expect(undone.stderr).toContain('What l-ended has changed is put back by l-ended-undo-1');
      expect(undone.code).toBe(0);
      expect(bench.read('before.txt')).toBe('as it was');
      expect(await record('l-ended-undo-1')).toMatchObject({
        state: 'succeeded',
        undoes: 'l-ended',
        local: { reason: 'it was too much' },
      });
      rmSync(join(folderOf('l-ended'), 'journal.ndjson'));
      const lost = await bench.run('undo', 'l-ended', '--yes');
      expect(lost.code).toBe(1);
      expect(lost.stderr).toContain('its journal is not here');
    },
    slow,
  );

  test(
    'its process is killed in the middle of a change: the lease stays, and the next one goes on',
    async () => {
      const cli = bench.spawn(['start', 'stuck', ...why, '--id', 'l-kill']);
      const outcome = finished(cli);
      await until('the change', () => bench.read('rounds'));
      process.kill(pidOf('l-kill'), 'SIGKILL');
      const killed = await outcome;
      expect(killed.code).toBe(69);
      expect(killed.stderr).toContain('runbook resume l-kill');
      const other = await bench.run('start', 'once', ...why);
      expect(other.code).toBe(5);
      expect(other.stdout).toContain('host/one is held by run l-kill');
      const resumed = await bench.run('resume', 'l-kill');
      expect(resumed.code).toBe(0);
      expect(bench.read('after.txt')).toBe('new');
      // The first one was stopped before the second began.
      expect(bench.read('rounds')).toBe('begun\nbegun\n');
      expect((await bench.run('logs', 'l-kill', 'work')).stdout).toContain('earlier attempt');
    },
    slow,
  );

  test(
    'a decision from elsewhere reaches its process; Ctrl-C stops it behind the step',
    async () => {
      const outcome = finished(bench.spawn(['start', 'once', ...why, '--id', 'l-pause']));
      await until('the change', () => bench.read('rounds'));
      await bench.expect(0, 'pause', 'l-pause', '--reason', 'wait a moment');
      expect((await outcome).code).toBe(3);
      expect(await record('l-pause')).toMatchObject({ state: 'paused' });
      await bench.expect(0, 'resume', 'l-pause');

      rmSync(bench.path('worked'), { force: true });
      rmSync(bench.path('rounds'), { force: true });
      writeFileSync(bench.path('after.txt'), 'old');
      const cli = bench.spawn(['start', 'once', ...why, '--id', 'l-stop']);
      const left = finished(cli);
      await until('the change', () => bench.read('rounds'));
      cli.kill('SIGINT');
      const stopped = await left;
      expect(stopped.code).toBe(130);
      expect(stopped.stderr).toContain('Go on with: runbook resume l-stop');
      expect(existsSync(bench.path('worked'))).toBe(true);
      expect(bench.read('after.txt')).toBe('old');
      await bench.expect(4, 'cancel', 'l-stop', '--undo', '--yes', '--reason', 'not today');
      expect(existsSync(bench.path('worked'))).toBe(false);
    },
    slow,
  );

  test(
    'a journal that was altered is refused, and nothing is done',
    async () => {
      await bench.expect(3, 'start', 'gated', ...why, '--id', 'l-torn');
      const journal = join(folderOf('l-torn'), 'journal.ndjson');
      const text = readFileSync(journal, 'utf8');
      writeFileSync(journal, text.replace('the server is ill', 'the server is well'));
      const refused = await bench.run('retry', 'l-torn');
      expect(refused.code).toBe(1);
      expect(refused.stderr).toContain('journal.ndjson: line 1 was altered');
      writeFileSync(journal, text.slice(0, -3));
      // Cut off was the answer of the change: it is under way again.
      await bench.expect(4, 'cancel', 'l-torn', '--undo', '--yes', '--reason', 'enough');
      expect(existsSync(bench.path('before.txt'))).toBe(false);
    },
    slow,
  );
});
